/// What a user is told when something cannot be done: what was wrong, where, and what would be right.
///
/// Every layer throws it for mistakes of the caller; the dialects give it their own shape.
public struct RoostError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of mistake it is; each has one HTTP status.
    public enum Code: String, Sendable, Codable, CaseIterable {
        case invalidInput = "invalid_input"
        case unauthorized
        case forbidden
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case conflict
        case tooLarge = "too_large"
        case unsupportedMediaType = "unsupported_media_type"
        case requestTimeout = "request_timeout"
        case busy
        case unavailable
        case timeout
        case internalError = "internal"
        case insufficientStorage = "insufficient_storage"
    }

    /// What kind of mistake it is.
    public let code: Code
    /// What was wrong, and what would be right.
    public let message: String
    /// The field of the request that is at fault.
    public let field: String?

    /// One made of these parts.
    public init(_ code: Code, _ message: String, field: String? = nil) {
        self.code = code
        self.message = message
        self.field = field
    }

    /// How it is shown.
    public var description: String { message }
}
