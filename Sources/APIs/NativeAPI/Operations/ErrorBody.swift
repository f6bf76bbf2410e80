public import Definitions

/// An error of the native API.
public struct ErrorBody: Sendable, Codable {
    /// The details of the error.
    public struct Detail: Sendable, Codable {
        /// The error's code.
        public var code: String
        /// What is wrong, and what was expected.
        public var message: String
        /// The field of the request that is at fault.
        public var field: String?
    }

    public var error: Detail

    public init(_ error: RoostError) {
        self.error = Detail(code: error.code.rawValue, message: error.message, field: error.field)
    }

    /// The error as a ``RoostError``.
    public var roostError: RoostError {
        RoostError(RoostError.Code(rawValue: error.code) ?? .internalError, error.message, field: error.field)
    }
}

extension ErrorBody: WireType {
    package static let schemaName = "Error"
    package static let schema = Schema.object([
        "error": .object(["code": .string(), "message": .string()], optional: ["field": .string()])
    ])
}
