import Definitions
import Encodings
package import Foundation

extension JSON {
    /// Returns the string at a path of members, which must be present.
    package func required(_ path: String...) throws -> String {
        var value: JSON? = self
        for name in path { value = value?[name] }
        guard let text = value?.string else { throw AWSError.missing(path) }
        return text
    }

    /// The time of a value in seconds since the epoch, as SDKs send it, or in ISO 8601. `nil` outside the years 1 to 9999.
    package var date: Date? {
        if let number { return Date(checked: number) }
        return string.flatMap(RFC3339.date)
    }

    /// Returns the object with these members added or replaced.
    package func merging(_ members: [String: JSON?]) -> JSON {
        .object((object ?? [:]).merging(members.compactMapValues { $0 }) { _, new in new })
    }

    /// Returns the object without these members.
    package func without(_ names: String...) -> JSON { .object((object ?? [:]).filter { !names.contains($0.key) }) }

    /// The document as a string.
    package var text: String { String(decoding: encoded, as: UTF8.self) }

    /// Returns an object of strings.
    package static func strings(_ values: [String: String]) -> JSON { .object(values.mapValues { .string($0) }) }
}
