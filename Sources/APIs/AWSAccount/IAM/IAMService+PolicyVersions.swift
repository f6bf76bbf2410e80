import AWS
import Encodings
import Foundation

extension IAMService {
    static let policyVersionOperations: [String: Operation] = [
        "CreatePolicyVersion": { service, call in
            let document = try PolicyDocument.managed(call.input.required("PolicyDocument"))
            let isDefault = call.input["SetAsDefault"]?.bool ?? false
            let policy = try await service.records.changePolicy(call.ownPolicyARN, at: call.time) {
                try $0.add(document, isDefault: isDefault, at: call.time)
            }
            let version = policy.versions[policy.versions.count - 1]
            return .object(["PolicyVersion": .members(version.json(isDefault: isDefault))])
        },
        "GetPolicyVersion": { service, call in
            let arn = try call.policyARN
            let id = try call.input.required("VersionId")
            guard !arn.isOfAWS else {
                throw AWSError.noSuchEntity(
                    "Policy \(arn.text) version \(id) is not available: this server does not have the documents of AWS's "
                        + "own policies."
                )
            }
            let policy = try await service.records.policy(arn)
            let version = try policy.version(id)
            let json = version.json(isDefault: version.number == policy.defaultVersion)
            return .object([
                "PolicyVersion": .members(json).merging([
                    "Document": .string(PercentEncoding.encode(version.document))
                ])
            ])
        },
        "ListPolicyVersions": { service, call in
            let policy = try await service.records.policy(call.policyARN)
            // Newest first. The names have the same number of digits.
            return try IAMPage(call.input).output(
                "Versions",
                policy.versions.map { version in
                    (
                        String(Int.max - version.number),
                        .members(version.json(isDefault: version.number == policy.defaultVersion))
                    )
                }
            )
        },
        "DeletePolicyVersion": { service, call in
            let id = try call.input.required("VersionId")
            try await service.records.changePolicy(call.ownPolicyARN, at: call.time) { policy in
                let version = try policy.version(id)
                guard version.number != policy.defaultVersion else {
                    throw AWSError.deleteConflict("Cannot delete the default version of a policy.")
                }
                policy.versions.removeAll { $0 == version }
            }
            return nil
        },
        "SetDefaultPolicyVersion": { service, call in
            let id = try call.input.required("VersionId")
            try await service.records.changePolicy(call.ownPolicyARN, at: call.time) { policy in
                policy.defaultVersion = try policy.version(id).number
                policy.updatedAt = call.time
            }
            return nil
        },
    ]
}

extension IAMPolicy {
    fileprivate func version(_ id: String) throws(AWSError) -> Version {
        guard let version = versions.first(where: { $0.id == id }) else {
            throw .noSuchEntity("Policy \(arn.text) version \(id) does not exist or is not attachable.")
        }
        return version
    }

    fileprivate mutating func add(_ document: String, isDefault: Bool, at time: Date) throws(AWSError) {
        guard versions.count < Self.versionLimit else {
            throw .limitExceeded(
                "A managed policy can have up to \(Self.versionLimit) versions. Before you create a new version, you must "
                    + "delete an existing version."
            )
        }
        lastVersion += 1
        versions.append(Version(number: lastVersion, document: document, createdAt: time))
        updatedAt = time
        if isDefault { defaultVersion = lastVersion }
    }
}
