import AWS

extension AWSError {
    static func notFound(_ message: String) -> AWSError { AWSError("NotFoundException", message, status: 404) }

    static func badRequest(_ message: String) -> AWSError { AWSError("BadRequestException", message) }

    static func conflict(_ message: String) -> AWSError { AWSError("ConflictException", message, status: 409) }

    static func limitExceeded(_ message: String) -> AWSError {
        AWSError("LimitExceededException", message, status: 429)
    }

    /// An error for what AWS supports and this server does not. To ignore it would change what the API answers.
    static func notSupported(_ subject: String, _ advice: String) -> AWSError {
        .badRequest("\(subject) is not supported by this server. \(advice)")
    }
}
