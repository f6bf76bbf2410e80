import AWS
import DataFolder
import Definitions
import Foundation
import Logging
import Platform
import Programs
import Runtimes
import TestSupport
import Testing

@testable import AWSAccount

/// Roles and policies on a real data folder. Inputs are checked by the service's model, as in the server.
@Suite("IAM")
struct IAMServiceTests {
    private static let trust = #"{"Version":"2012-10-17","Statement":[]}"#
    private static let time = Date(timeIntervalSince1970: 1_800_000_000.9)

    private func withIAM(_ body: (IAMService) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let configuration = DataFolder.Configuration(path: folder, programs: ProgramHost(executable: roostBinary))
            let data = try DataFolder(configuration, logger: Logger(label: "test")) { _, _, _ in
                InspectedModel(signature: .floats(2))
            }
            try await body(IAMService(platform: data.platform))
            await data.close()
        }
    }

    @discardableResult
    private func run(_ iam: IAMService, _ operation: String, _ input: [String: JSON] = [:]) async throws -> JSON {
        let model = try #require(IAMService.model)
        let checked = try model.check(.object(input), of: operation)
        let call = AWSCall(operation: operation, input: checked, region: "eu-west-1", time: Self.time)
        return try await iam.run(call) ?? .null
    }

    private func make(_ iam: IAMService, _ name: String, _ more: [String: JSON] = [:]) async throws {
        let input: [String: JSON] = ["RoleName": .string(name), "AssumeRolePolicyDocument": .string(Self.trust)]
        try await run(iam, "CreateRole", input.merging(more) { $1 })
    }

    @Test("a role has an ARN without a region, an identifier, a date, and an encoded document")
    func role() async throws {
        try await withIAM { iam in
            try await make(iam, "r", ["Path": .string("/a/b/"), "Description": .string("d")])
            let role = try #require(try await run(iam, "GetRole", ["RoleName": .string("r")])["Role"])
            #expect(role["Arn"] == .string("arn:aws:iam::000000000000:role/a/b/r"))
            #expect(role["CreateDate"] == .string("2027-01-15T08:00:00Z"))
            #expect(role["RoleId"]?.string?.wholeMatch(of: /AROA[A-Z2-7]{17}/) != nil)
            #expect(role["AssumeRolePolicyDocument"]?.string?.hasPrefix("%7B%22Version%22%3A") == true)
            #expect(role["MaxSessionDuration"] == .number(3600) && role["RoleLastUsed"] == .object([:]))
            #expect(role["Description"] == .string("d") && role["Tags"] == nil)
        }
    }

    @Test("the role that the server runs under always exists, can be changed, and cannot be deleted")
    func own() async throws {
        try await withIAM { iam in
            let name: [String: JSON] = ["RoleName": .string(IAMRole.own.name)]
            let arn = "arn:aws:iam::000000000000:role/service-role/AmazonSageMaker-ExecutionRole-Roost"
            #expect(try await run(iam, "GetRole", name)["Role"]?["Arn"] == .string(arn))
            try await run(iam, "TagRole", name.merging(["Tags": .array([IAMTag(key: "k", value: "v").json])]) { $1 })
            #expect(try await run(iam, "GetRole", name)["Role"]?["Tags"]?.array?.count == 1)
            #expect(try await run(iam, "ListRoles")["Roles"]?.array?.count == 1)
            let refusal = await #expect(throws: AWSError.self) { try await run(iam, "DeleteRole", name) }
            #expect(refusal?.code == "UnmodifiableEntity" && refusal?.status == 400)
            let taken = await #expect(throws: AWSError.self) { try await make(iam, IAMRole.own.name.uppercased()) }
            #expect(taken?.code == "EntityAlreadyExists" && taken?.status == 409)
        }
    }

    @Test("a role that was not created does not exist, whatever the operation")
    func missing() async throws {
        try await withIAM { iam in
            let error = AWSError("NoSuchEntity", "The role with name r cannot be found.", status: 404)
            let input: [String: JSON] = [
                "RoleName": .string("r"), "PolicyDocument": .string("{}"), "PolicyName": .string("p"),
                "PolicyArn": .string(ManagedPolicyARN.prefix + "p"), "Description": .string(""), "Tags": .array([]),
                "TagKeys": .array([]),
            ]
            let operations = IAMService.description.operations.filter { name in
                name.contains("Role") && !name.hasPrefix("Create")
                    && !["ListRoles", "GetServiceLinkedRoleDeletionStatus"].contains(name)
            }
            #expect(operations.count == 17)
            for operation in operations {
                await #expect(throws: error, "\(operation)") { try await run(iam, operation, input) }
            }
        }
    }

    @Test("names are unique if case is ignored")
    func conflicts() async throws {
        try await withIAM { iam in
            try await make(iam, "Role")
            let error = AWSError("EntityAlreadyExists", "Role with name rOLE already exists.", status: 409)
            await #expect(throws: error) { try await make(iam, "rOLE") }
        }
    }

    @Test("a role with policies is not deleted")
    func deletion() async throws {
        try await withIAM { iam in
            try await make(iam, "r")
            let name: [String: JSON] = ["RoleName": .string("r")]
            let attached = name.merging(["PolicyArn": .string(ManagedPolicyARN.prefix + "x/Any")]) { $1 }
            let inline = name.merging(["PolicyName": .string("p"), "PolicyDocument": .string("{}")]) { $1 }
            try await run(iam, "AttachRolePolicy", attached)
            try await run(iam, "AttachRolePolicy", attached)
            try await run(iam, "PutRolePolicy", inline)
            let detach = "Cannot delete entity, must detach all policies first."
            await #expect(throws: AWSError("DeleteConflict", detach, status: 409)) {
                try await run(iam, "DeleteRole", name)
            }
            try await run(iam, "DetachRolePolicy", attached)
            let remove = "Cannot delete entity, must delete policies first."
            await #expect(throws: AWSError("DeleteConflict", remove, status: 409)) {
                try await run(iam, "DeleteRole", name)
            }
            try await run(iam, "DeleteRolePolicy", inline)
            try await run(iam, "DeleteRole", name)
            let gone = await #expect(throws: AWSError.self) { try await run(iam, "GetRole", name) }
            #expect(gone?.code == "NoSuchEntity")
        }
    }

    @Test("no change is lost if many arrive at once")
    func concurrency() async throws {
        try await withIAM { iam in
            try await make(iam, "r")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        let tag = IAMTag(key: "k\(number)", value: "").json
                        try await run(iam, "TagRole", ["RoleName": .string("r"), "Tags": .array([tag])])
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await run(iam, "ListRoleTags", ["RoleName": .string("r")])["Tags"]?.array?.count == 40)
        }
    }

    @Test("a policy is only attached if it exists, and only deleted if it is not attached")
    func policies() async throws {
        try await withIAM { iam in
            try await make(iam, "r")
            let arn = "arn:aws:iam::000000000000:policy/p"
            let attached: [String: JSON] = ["RoleName": .string("r"), "PolicyArn": .string(arn)]
            let missing = AWSError("NoSuchEntity", "Policy \(arn) does not exist or is not attachable.", status: 404)
            await #expect(throws: missing) { try await run(iam, "AttachRolePolicy", attached) }
            try await run(iam, "CreatePolicy", ["PolicyName": .string("p"), "PolicyDocument": .string("{}")])
            try await run(iam, "AttachRolePolicy", attached)
            let policy = try await run(iam, "GetPolicy", ["PolicyArn": .string(arn)])["Policy"]
            #expect(policy?["AttachmentCount"] == .number(1) && policy?["DefaultVersionId"] == .string("v1"))
            let used = AWSError("DeleteConflict", "Cannot delete a policy attached to entities.", status: 409)
            await #expect(throws: used) { try await run(iam, "DeletePolicy", ["PolicyArn": .string(arn)]) }
            try await run(iam, "DetachRolePolicy", attached)
            try await run(iam, "DeletePolicy", ["PolicyArn": .string(arn)])
            let gone = AWSError("NoSuchEntity", "Policy \(arn) was not found.", status: 404)
            await #expect(throws: gone) { try await run(iam, "GetPolicy", ["PolicyArn": .string(arn)]) }
            await #expect(throws: gone) { try await run(iam, "DetachRolePolicy", attached) }
        }
    }

    @Test("a role takes at most 20 policies")
    func attachedLimit() throws {
        var role = IAMRole.own
        role.attached = (0..<20).map { ManagedPolicyARN.prefix + "P\($0)" }
        try role.attach(ManagedPolicyARN.prefix + "P0")
        let error = AWSError("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 20", status: 409)
        #expect(throws: error) { try role.attach(ManagedPolicyARN.prefix + "P20") }
    }
}
