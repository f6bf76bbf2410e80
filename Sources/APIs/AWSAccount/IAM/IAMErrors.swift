import AWS

extension AWSError {
    static func noSuchEntity(_ message: String) -> AWSError { AWSError("NoSuchEntity", message, status: 404) }

    static func noRole(_ name: String) -> AWSError { noSuchEntity("The role with name \(name) cannot be found.") }

    static func noInlinePolicy(_ name: String) -> AWSError {
        noSuchEntity("The role policy with name \(name) cannot be found.")
    }

    static func noPolicy(_ arn: String) -> AWSError { noSuchEntity("Policy \(arn) was not found.") }

    static func notAttachable(_ arn: String) -> AWSError {
        noSuchEntity("Policy \(arn) does not exist or is not attachable.")
    }

    static func alreadyExists(_ message: String) -> AWSError {
        AWSError("EntityAlreadyExists", message, status: 409)
    }

    static func limitExceeded(_ message: String) -> AWSError { AWSError("LimitExceeded", message, status: 409) }

    static func deleteConflict(_ message: String) -> AWSError { AWSError("DeleteConflict", message, status: 409) }

    static func unmodifiable(_ role: String, _ reason: String) -> AWSError {
        AWSError(
            "UnmodifiableEntity",
            "Cannot perform the operation on the protected role '\(role)' - \(reason)"
        )
    }

    static func serviceLinked(_ role: String) -> AWSError {
        unmodifiable(role, "this role is only modifiable by the linked AWS service")
    }
}
