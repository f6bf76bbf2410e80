/// An error for users: what was wrong, where, and what was expected.
///
/// Every layer throws it for errors of the caller. Each API dialect converts it to its own format.
public struct RoostError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of error. Each has one HTTP status.
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

    public let code: Code
    /// What was wrong, and what was expected.
    public let message: String
    /// The invalid field of the request.
    public let field: String?

    public init(_ code: Code, _ message: String, field: String? = nil) {
        self.code = code
        self.message = message
        self.field = field
    }

    public var description: String { message }
}

extension RoostError {
    /// The HTTP status of the error.
    public var httpStatus: Int {
        switch code {
        case .invalidInput: 400
        case .unauthorized: 401
        case .forbidden: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .requestTimeout: 408
        case .conflict: 409
        case .tooLarge: 413
        case .unsupportedMediaType: 415
        case .busy: 429
        case .internalError: 500
        case .unavailable: 503
        case .timeout: 504
        case .insufficientStorage: 507
        }
    }
}
