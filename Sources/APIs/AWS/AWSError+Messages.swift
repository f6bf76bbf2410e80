package import Definitions

extension AWSError {
    /// Converts an error of a lower layer to SageMaker's error codes.
    package init(_ error: RoostError) {
        switch error.code {
        case .invalidInput, .notFound, .tooLarge, .methodNotAllowed, .unsupportedMediaType, .requestTimeout:
            self = .validation(error.message)
        case .conflict: self.init("ResourceInUse", error.message)
        case .busy: self.init("ThrottlingException", error.message)
        case .unauthorized, .forbidden: self.init("AccessDeniedException", error.message)
        case .unavailable, .timeout: self.init("ServiceUnavailable", error.message, status: 503)
        case .internalError: self.init("InternalFailure", error.message, status: 500)
        case .insufficientStorage: self.init("InternalFailure", error.message, status: 507)
        }
    }

    /// Returns the error for a missing required member.
    ///
    /// - Parameter path: The path to the member: `["AlgorithmSpecification", "TrainingImage"]`.
    package static func missing(_ path: [String]) -> AWSError {
        missing(members: [memberPath(path)])
    }

    /// Returns the error for missing required members.
    package static func missing(members: [String]) -> AWSError {
        .validation(text(ofProblems: members.map(InputCheck.missing)))
    }

    /// Returns AWS's message for input members that violate its constraints.
    package static func text(ofProblems problems: [String]) -> String {
        "\(problems.count) validation error\(problems.count == 1 ? "" : "s") detected: "
            + problems.prefix(InputCheck.errorLimit).joined(separator: "; ")
    }

    /// Returns the error for a member whose value this server does not support. Ignoring it would change the result.
    package static func unsupported(_ path: String..., reason: String) -> AWSError {
        .validation("'\(memberPath(path))' is not supported by this server: \(reason)")
    }

    private static func memberPath(_ path: [String]) -> String {
        path.map { $0.prefix(1).lowercased() + $0.dropFirst() }.joined(separator: ".")
    }
}
