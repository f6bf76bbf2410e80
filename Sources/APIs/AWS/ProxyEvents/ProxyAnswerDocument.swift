package import Foundation
import Tensors

/// The JSON document that a function returned. Only members that describe a response are read: the rest may be large.
package struct ProxyAnswerDocument {
    /// Maximum bytes of a list or an object, which can only hold headers.
    private static let nestedLimit = 256 * 1024

    /// An object with the members that were asked for; null if the document is not an object.
    package private(set) var members = JSON.null
    /// The document, if it is a string.
    package private(set) var text: String?
    /// A member that was not asked for.
    package private(set) var unknownName: String?

    package init(_ payload: Data, names: Set<String>) throws(ProxyAnswerProblem) {
        // With untyped errors, because those of the closure have two types.
        let result: Result<Self, any Error> = payload.withUnsafeBytes { bytes in
            Result { try Self(bytes, names) }
        }
        switch result {
        case .success(let document): self = document
        case .failure(let problem as ProxyAnswerProblem): throw problem
        case .failure: throw ProxyAnswerProblem("It is not valid JSON.")
        }
    }

    private init(_ bytes: UnsafeRawBufferPointer, _ names: Set<String>) throws {
        var cursor = try JSONCursor(bytes)
        try cursor.skipValue()
        try cursor.expectEnd()
        cursor.rewind(to: 0)
        switch cursor.peek() {
        case UInt8(ascii: "\""): text = try cursor.readString()
        case UInt8(ascii: "{"):
            try cursor.expect(UInt8(ascii: "{"), "'{'")
            var found: [String: JSON] = [:]
            var first = true
            var name = ""
            while try cursor.nextKey(first: &first, into: &name) {
                let isNested = [UInt8(ascii: "{"), UInt8(ascii: "[")].contains(cursor.peek())
                let start = cursor.offset
                try cursor.skipValue()
                guard names.contains(name) else {
                    unknownName = unknownName ?? name
                    continue
                }
                let value = cursor.bytes(since: start)
                guard !isNested || value.count <= Self.nestedLimit else {
                    throw ProxyAnswerProblem("The value of '\(name)' has more than \(Self.nestedLimit) bytes.")
                }
                found[name] = JSON(parsing: value)
            }
            members = .object(found)
        default: break
        }
    }
}
