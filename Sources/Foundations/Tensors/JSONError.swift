/// An error in a JSON text, with its byte offset.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// Not JSON.
        case syntax
        /// Valid JSON, but not the expected value.
        case unexpected
    }

    package let kind: Kind
    package let message: String
    package let offset: Int

    package init(kind: Kind, message: String, offset: Int) {
        self.kind = kind
        self.message = message
        self.offset = offset
    }

    package var description: String { "\(message) (at byte \(offset))" }
}
