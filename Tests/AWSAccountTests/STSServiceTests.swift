import AWS
import Access
import DataFolder
import Definitions
import Foundation
import Logging
import Platform
import Programs
import Runtimes
import Synchronization
import TestSupport
import Testing

@testable import AWSAccount

@Suite("STS")
struct STSServiceTests {
    private static let role = "arn:aws:iam::000000000000:role/service-role/AmazonSageMaker-ExecutionRole-Roost"

    /// Runs an operation of STS, and returns its output and what credentials were made for.
    private func run(
        _ operation: String,
        _ input: [String: JSON] = [:],
        as accessKey: String = "AKIAPARENT"
    ) async throws -> (output: JSON, parent: String?, duration: Duration?) {
        let issued = Mutex<(parent: String?, duration: Duration?)>((nil, nil))
        let output = try await withTemporaryFolder { folder in
            let configuration = DataFolder.Configuration(path: folder, programs: ProgramHost(executable: roostBinary))
            let data = try DataFolder(configuration, logger: Logger(label: "test")) { _, _, _ in
                InspectedModel(signature: .floats(2))
            }
            let sts = STSService(platform: data.platform) { parent, duration in
                guard parent != "ASIAGONE" else { throw SessionProblem.parentIsGone }
                issued.withLock { $0 = (parent, duration) }
                let end = Date(timeIntervalSince1970: 1_800_000_000)
                return SessionCredentials(accessKey: "ASIAKEY", secret: "secret", token: "token", expiresAt: end)
            }
            let model = try #require(STSService.model)
            let checked = try model.check(.object(input), of: operation)
            let call = AWSCall(
                operation: operation,
                input: checked,
                region: "us-east-1",
                time: Date(),
                accessKey: accessKey
            )
            let output = try await sts.run(call)
            await data.close()
            return output ?? .null
        }
        let (parent, duration) = issued.withLock { $0 }
        return (output, parent, duration)
    }

    @Test("an assumed role has the credentials of the caller for an hour")
    func assumed() async throws {
        let input: [String: JSON] = ["RoleArn": .string(Self.role), "RoleSessionName": .string("me")]
        let (output, parent, duration) = try await run("AssumeRole", input)
        #expect(parent == "AKIAPARENT" && duration == .seconds(3600))
        #expect(
            output
                == .object([
                    "Credentials": .object([
                        "AccessKeyId": .string("ASIAKEY"), "SecretAccessKey": .string("secret"),
                        "SessionToken": .string("token"), "Expiration": .string("2027-01-15T08:00:00Z"),
                    ]),
                    "AssumedRoleUser": .object([
                        "AssumedRoleId": .string("\(IAMRole.own.id):me"),
                        "Arn": .string(
                            "arn:aws:sts::000000000000:assumed-role/AmazonSageMaker-ExecutionRole-Roost/me"
                        ),
                    ]),
                ])
        )
    }

    @Test("a role that does not exist can be assumed, for up to 12 hours")
    func foreign() async throws {
        let input: [String: JSON] = [
            "RoleArn": .string("arn:aws:iam::123456789012:role/x/Deploy"), "RoleSessionName": .string("me"),
            "DurationSeconds": .number(43_200),
        ]
        let (output, _, duration) = try await run("AssumeRole", input)
        #expect(duration == .seconds(43_200))
        let user = output["AssumedRoleUser"]
        #expect(user?["Arn"] == .string("arn:aws:sts::123456789012:assumed-role/Deploy/me"))
        #expect(user?["AssumedRoleId"]?.string?.wholeMatch(of: /AROA[A-Z2-7]{17}:me/) != nil)
    }

    @Test("a role cannot be assumed for longer than its limit")
    func tooLong() async throws {
        let input: [String: JSON] = [
            "RoleArn": .string(Self.role), "RoleSessionName": .string("me"), "DurationSeconds": .number(3601),
        ]
        let text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        await #expect(throws: AWSError("ValidationError", text)) { try await run("AssumeRole", input) }
    }

    @Test("a session lasts 12 hours unless it asks for another duration", arguments: [nil, 900, 129_600])
    func session(seconds: Int?) async throws {
        let input = seconds.map { ["DurationSeconds": JSON.number(Double($0))] } ?? [:]
        let (output, parent, duration) = try await run("GetSessionToken", input)
        #expect(parent == "AKIAPARENT" && duration == .seconds(seconds ?? 43_200))
        #expect(output["Credentials"]?["SessionToken"] == .string("token"))
    }

    @Test("temporary credentials get no session, but a role for up to an hour")
    func chain() async throws {
        let refusal = AWSError("AccessDenied", "Cannot call GetSessionToken with session credentials", status: 403)
        await #expect(throws: refusal) { try await run("GetSessionToken", as: "ASIAPARENT") }
        var input: [String: JSON] = [
            "RoleArn": .string("arn:aws:iam::123456789012:role/Deploy"), "RoleSessionName": .string("me"),
            "DurationSeconds": .number(3600),
        ]
        let (_, parent, duration) = try await run("AssumeRole", input, as: "ASIAPARENT")
        #expect(parent == "ASIAPARENT" && duration == .seconds(3600))
        input["DurationSeconds"] = .number(3601)
        let text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        await #expect(throws: AWSError("ValidationError", text)) {
            try await run("AssumeRole", input, as: "ASIAPARENT")
        }
    }

    @Test("credentials that were revoked in the meantime get no role")
    func gone() async throws {
        let input: [String: JSON] = ["RoleArn": .string(Self.role), "RoleSessionName": .string("me")]
        let refusal = await #expect(throws: AWSError.self) { try await run("AssumeRole", input, as: "ASIAGONE") }
        #expect(refusal?.code == "InvalidClientTokenId" && refusal?.status == 403)
    }

    @Test("durations out of range are refused", arguments: [-1, 0, 899, 129_601, 1e9])
    func durations(seconds: Double) async throws {
        let refusal = await #expect(throws: AWSError.self) {
            try await run("GetSessionToken", ["DurationSeconds": .number(seconds)])
        }
        #expect(refusal?.code == "ValidationError")
    }

    @Test("the caller and the owner of every key are the server's account")
    func identity() async throws {
        let caller = try await run("GetCallerIdentity").output
        #expect(caller["Account"] == .string("000000000000"))
        #expect(caller["UserId"] == .string("\(IAMRole.own.id):SageMaker"))
        let owner = try await run("GetAccessKeyInfo", ["AccessKeyId": .string("AKIA234567ABCDEFGHIJ")]).output
        #expect(owner == .object(["Account": .string("000000000000")]))
    }
}
