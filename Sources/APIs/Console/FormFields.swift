import Encodings

/// The fields of a form or a query, decoded.
package struct FormFields: Sendable {
    /// The most fields of a form of the console, and more than any has.
    package static let countLimit = 128

    package let values: [String: String]

    /// Decodes a form as browsers send it. The first value of a name counts.
    ///
    /// - Returns: `nil` if it has more fields than any form of the console.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count(where: { $0 == UInt8(ascii: "&") }) < Self.countLimit else { return nil }
        var values: [String: String] = [:]
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            let name = Self.decode(pair[..<equals])
            guard values[name] == nil else { continue }
            values[name] = Self.decode(pair[equals...].dropFirst())
        }
        self.values = values
    }

    private static func decode(_ bytes: some Collection<UInt8>) -> String {
        let text = String(decoding: bytes.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
        return text.percentDecoded
    }
}
