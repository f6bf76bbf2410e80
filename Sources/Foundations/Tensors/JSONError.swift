/// What is wrong with a JSON text, and at which byte.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// Not JSON.
        case syntax
        /// JSON, but not what was expected at this place.
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
