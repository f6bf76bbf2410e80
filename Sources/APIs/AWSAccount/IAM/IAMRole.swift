import AWS
import Definitions
import Encodings
import Foundation

/// A role, with all that is attached to it. It is stored and returned; nobody gets permissions by it.
struct IAMRole: Codable, Sendable, Equatable {
    let name: String
    let path: String
    let id: String
    let createdAt: Date
    /// A JSON document, as it was sent.
    var trustPolicy: String
    var description: String?
    var sessionSeconds = Self.defaultSessionSeconds
    var signinSessionSeconds: Int?
    /// The ARN of a policy.
    var boundary: String?
    var tags: [IAMTag] = []
    /// The ARNs of managed policies.
    var attached: [String] = []
    /// Documents by the names of their policies.
    var inline: [String: String] = [:]

    static let defaultSessionSeconds = 3600
    static let serviceLinkedPath = "/aws-service-role/"

    var arn: String { "arn:aws:iam::\(AWSAccount.id):role\(path)\(name)" }

    var isServiceLinked: Bool { path.hasPrefix(Self.serviceLinkedPath) }

    /// The role that the server runs under. It exists from the beginning, as a notebook's role does on AWS.
    static let own = IAMRole(
        name: "AmazonSageMaker-ExecutionRole-Roost",
        path: "/service-role/",
        id: "AROAROOSTROOSTROOSTRO",
        createdAt: Date(timeIntervalSince1970: 1_767_225_600),
        trustPolicy: trust(in: "sagemaker.amazonaws.com"),
        attached: [ManagedPolicyARN.prefix + "AmazonSageMakerFullAccess"]
    )

    /// A trust policy that lets a service assume a role.
    static func trust(in service: String) -> String {
        JSON.object([
            "Version": .string("2012-10-17"),
            "Statement": .array([
                .object([
                    "Effect": .string("Allow"), "Principal": .object(["Service": .string(service)]),
                    "Action": .string("sts:AssumeRole"),
                ])
            ]),
        ]).text
    }

    // MARK: Output

    /// The role as `CreateRole` and `ListRoles` return it.
    var summary: JSON {
        .members([
            "Path": .string(path), "RoleName": .string(name), "RoleId": .string(id), "Arn": .string(arn),
            "CreateDate": .iso8601(createdAt),
            "AssumeRolePolicyDocument": .string(PercentEncoding.encode(trustPolicy)),
            "Description": description.map(JSON.string), "MaxSessionDuration": .number(Double(sessionSeconds)),
            "MaxSigninSessionDuration": signinSessionSeconds.map { .number(Double($0)) },
        ])
    }

    /// The role as `GetRole` returns it.
    var json: JSON {
        summary.merging([
            "PermissionsBoundary": boundary.map {
                .object(["PermissionsBoundaryType": .string("Policy"), "PermissionsBoundaryArn": .string($0)])
            },
            "Tags": tags.isEmpty ? nil : .array(tags.map(\.json)), "RoleLastUsed": .object([:]),
        ])
    }
}

extension JSON {
    /// A time without a fraction of a second, as IAM and STS write it.
    static func iso8601(_ date: Date) -> JSON { .string(RFC3339.string(seconds: date.milliseconds / 1000)) }
}
