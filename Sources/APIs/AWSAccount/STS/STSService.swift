package import AWS
package import Access
import Foundation
package import Platform

/// STS: who the caller is, and credentials that expire.
package struct STSService: AWSService {
    /// Makes credentials that have the permissions of a key.
    ///
    /// - Parameter parent: The key's identifier; `nil` if the request is not signed.
    /// - Throws: ``SessionProblem``.
    package typealias Issue =
        @Sendable (_ parent: String?, _ duration: Duration) async throws -> SessionCredentials

    package static let description = AWSServiceDescription(
        name: "sts",
        operations: ["AssumeRole", "GetAccessKeyInfo", "GetCallerIdentity", "GetSessionToken"],
        query: .init(version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/")
    )
    package static let model: ServiceModel? = .sts

    private static let sessionSeconds = 43_200
    /// The longest session of a role that temporary credentials assume.
    private static let chainedSeconds = 3600

    private let records: IAMRecords
    private let issue: Issue

    package init(platform: Platform, issue: @escaping Issue) {
        records = IAMRecords(platform: platform)
        self.issue = issue
    }

    package func run(_ call: AWSCall) async throws -> JSON? {
        switch call.operation {
        case "AssumeRole": try await assumeRole(call)
        case "GetSessionToken": try await sessionToken(call)
        case "GetAccessKeyInfo": .object(["Account": .string(AWSAccount.id)])
        default: Self.callerIdentity
        }
    }

    /// An assumed role: SDKs refuse to make a role of anything else.
    private static var callerIdentity: JSON {
        let role = IAMRole.own
        return .object([
            "Arn": .string("arn:aws:sts::\(AWSAccount.id):assumed-role/\(role.name)/SageMaker"),
            "UserId": .string("\(role.id):SageMaker"), "Account": .string(AWSAccount.id),
        ])
    }

    private func sessionToken(_ call: AWSCall) async throws -> JSON {
        guard !Self.isFromSession(call) else {
            throw AWSError("AccessDenied", "Cannot call GetSessionToken with session credentials", status: 403)
        }
        return .object(["Credentials": try await credentials(call, seconds: Self.sessionSeconds)])
    }

    /// Whether temporary credentials signed a request.
    private static func isFromSession(_ call: AWSCall) -> Bool { call.accessKey.map(AccessKeys.isSession) ?? false }

    /// Any role can be assumed, also one that does not exist or belongs to another account. The credentials always have the
    /// permissions of the caller.
    private func assumeRole(_ call: AWSCall) async throws -> JSON {
        let input = call.input
        let arn = try RoleARN(input.required("RoleArn"))
        let session = try input.required("RoleSessionName")
        if let policy = input["Policy"]?.string { try PolicyDocument.checkSyntax(policy) }
        let role = try await role(arn)
        if let role, let seconds = input["DurationSeconds"]?.int, seconds > role.sessionSeconds {
            throw AWSError(
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            )
        }
        if Self.isFromSession(call), let seconds = input["DurationSeconds"]?.int, seconds > Self.chainedSeconds {
            throw AWSError(
                "ValidationError",
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
            )
        }
        let id = role?.id ?? IAMIdentifier.role(of: arn.text)
        return .members([
            "Credentials": try await credentials(call, seconds: IAMRole.defaultSessionSeconds),
            "AssumedRoleUser": .object([
                "AssumedRoleId": .string("\(id):\(session)"),
                "Arn": .string("arn:aws:sts::\(arn.account):assumed-role/\(arn.name)/\(session)"),
            ]),
            "SourceIdentity": input["SourceIdentity"],
        ])
    }

    private func role(_ arn: RoleARN) async throws -> IAMRole? {
        do {
            let role = try await records.role(arn.name)
            return role.arn == arn.text ? role : nil
        } catch let error as AWSError where error.status == 404 {
            return nil
        }
    }

    /// - Parameter seconds: The default of `DurationSeconds`.
    private func credentials(_ call: AWSCall, seconds: Int) async throws -> JSON {
        let duration = Duration.seconds(call.input["DurationSeconds"]?.int ?? seconds)
        let credentials: SessionCredentials
        do {
            credentials = try await issue(call.accessKey, duration)
        } catch SessionProblem.parentIsGone {
            throw AWSErrorShape.query(namespace: nil).error(.unknownToken)
        }
        return .object([
            "AccessKeyId": .string(credentials.accessKey), "SecretAccessKey": .string(credentials.secret),
            "SessionToken": .string(credentials.token), "Expiration": .iso8601(credentials.expiresAt),
        ])
    }
}
