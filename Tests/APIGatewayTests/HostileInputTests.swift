import DataFolder
import Encodings
import Foundation
import Logging
import Outgoing
import Platform
import Programs
import Runtimes
import TestSupport
import Testing

@testable import APIGateway
@testable import AWS

/// Inputs that no client would send: they are refused, and nothing traps.
@Suite("Hostile inputs")
struct HostileInputTests {
    /// Draws the same values in every run.
    private struct Chance: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            return StableHash.mix(state)
        }

        mutating func one<Element>(of elements: [Element]) -> Element {
            elements[Int.random(in: 0..<elements.count, using: &self)]
        }
    }

    private static let texts = [
        "", "/", "x", "{x}", "{x+}", "{}", "{+}", "prod", "$default", "GET", "ANY", "POST", "NONE", "MOCK",
        "HTTP_PROXY",
        "AWS_PROXY", "200", "99999999999999999999", "-1", "NaN", "1e400", "true", "/*/*/throttling/rateLimit",
        "/*/*/throttling/burstLimit", "/variables/a", "/apiStages", "/quota/limit", "/name", "/pathPart", "//",
        "/a/b/c/d",
        "a:b", ":", "~1", "GET /{x}", "GET /{x+}/y", "ANY /", "GET ", "http://h/", "$", "#set", "'", "''",
        "arn:aws:apigateway:::/restapis/x", "arn:aws:lambda:us-east-1:0:function:f", "::::::", "1.0", "2.0", "DAY",
        "\u{0}\r\n", "é\u{301}👩‍👩‍👧", String(repeating: "x", count: 5000),
    ]

    private func value(_ chance: inout Chance, _ ids: [String], depth: Int = 0) -> JSON {
        switch Int.random(in: 0..<(depth < 3 ? 12 : 8), using: &chance) {
        case 0: .number(chance.one(of: [-1, 0, 1, 1.5, 50, 29_000, 1e9, -1e300, 2_147_483_647]))
        case 1: .bool(true)
        case 2...4: .string(chance.one(of: Self.texts))
        case 5...7: ids.isEmpty ? .null : .string(chance.one(of: ids))
        case 8:
            .array((0..<Int.random(in: 0..<3, using: &chance)).map { _ in value(&chance, ids, depth: depth + 1) })
        case 9:
            .array([
                .object([
                    "op": .string(chance.one(of: ["add", "remove", "replace", "move"])),
                    "path": .string(chance.one(of: Self.texts)), "value": .string(chance.one(of: Self.texts)),
                ])
            ])
        default:
            .object(
                (0..<Int.random(in: 0..<3, using: &chance)).reduce(into: [:]) { members, _ in
                    members[chance.one(of: Self.texts)] = value(&chance, ids, depth: depth + 1)
                }
            )
        }
    }

    private static let function = "arn:aws:lambda:us-east-1:0:function:f"

    /// Values that an operation is likely to accept.
    private static let likely: [String: [JSON]] = [
        "httpMethod": ["GET", "ANY"].map(JSON.string), "statusCode": [.string("200")],
        "type": ["MOCK", "AWS_PROXY", "AWS", "HTTP_PROXY"].map(JSON.string), "authorizationType": [.string("NONE")],
        "integrationHttpMethod": [.string("POST")], "integrationMethod": [.string("POST")],
        "uri": [
            .string("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\(function)/invocations"),
            .string("http://127.0.0.1/{x}"),
        ],
        "integrationUri": [.string(function)], "integrationType": [.string("AWS_PROXY")],
        "protocolType": [.string("HTTP")], "target": [.string(function)],
        "stageName": [.string("prod"), .string("$default")],
        "routeKey": ["$default", "GET /{x}", "ANY /{x+}", "GET /x"].map(JSON.string), "keyType": [.string("API_KEY")],
        "pathPart": ["x", "{x}", "{x+}", "y", "z"].map(JSON.string), "autoDeploy": [.bool(true), .bool(false)],
        "apiKeyRequired": [.bool(true), .bool(false)], "payloadFormatVersion": [.string("1.0"), .string("2.0")],
        "requestTemplates": [.strings(["application/json": #"{"statusCode": 200}"#])],
        "patchOperations": [
            ("replace", "/description"), ("add", "/variables/a"), ("replace", "/*/*/throttling/rateLimit"),
        ].map {
            .array([.strings(["op": $0.0, "path": $0.1, "value": "1"])])
        },
        "resourceArn": [.string("arn:aws:apigateway:us-east-1::/restapis/x")], "tags": [.strings(["a": "b"])],
        "body": [.string(#"{"openapi":"3.0.1","info":{"title":"t"}}"#)],
        "quota": [.object(["limit": .number(3), "period": .string("DAY")])],
        "throttle": [.object(["rateLimit": .number(1), "burstLimit": .number(2)])],
    ]

    /// The inputs that take an ID in an operation's output.
    private static let takers: [String: [String]] = [
        "CreateRestApi.id": ["restApiId"], "CreateRestApi.rootResourceId": ["resourceId", "parentId"],
        "CreateResource.id": ["resourceId", "parentId"], "CreateDeployment.id": ["deploymentId"],
        "CreateApiKey.id": ["apiKey", "keyId"], "CreateUsagePlan.id": ["usagePlanId"], "CreateApi.apiId": ["apiId"],
        "CreateRoute.routeId": ["routeId"], "CreateIntegration.integrationId": ["integrationId"],
        "CreateDeployment.deploymentId": ["deploymentId"],
    ]

    /// Runs an operation; `nil` if it refuses its input.
    private func run(_ service: some AWSService, _ operation: RESTOperation, _ input: [String: JSON]) async -> JSON? {
        guard let model = type(of: service).model, let input = try? model.check(.object(input), of: operation.name)
        else {
            return nil
        }
        var call = AWSCall(operation: operation.name, input: input, region: "us-east-1", time: Date())
        call.payload = Data(#"{"swagger":"2.0","info":{"title":"t"},"paths":{"/a":{"get":{}}}}"#.utf8)
        do { return try await service.run(call) ?? .null } catch { return nil }
    }

    @Test("no input of an operation, and no call, ends the process")
    func operations() async throws {
        try await withTemporaryFolder { folder in
            let configuration = DataFolder.Configuration(path: folder, programs: ProgramHost(executable: roostBinary))
            let data = try DataFolder(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) {
                _,
                _,
                _ in InspectedModel(signature: .floats(2))
            }
            let store = APIStore(platform: data.platform)
            let gateway = Gateway(
                store: store,
                outgoing: OutgoingClient(allowsPrivateAddresses: false),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                invoke: { _, _, _ in FunctionResult(payload: Data(#"{"body":"x"}"#.utf8), isError: false) },
                note: { _, _ in }
            )
            let rest = RESTAPIService(store: store, gateway: gateway)
            let http = HTTPAPIService(store: store) { "http://h" }
            var chance = Chance(state: 42)
            var ids: [String: [String]] = [:]
            var accepted: Set<String> = []
            for _ in 0..<20_000 {
                let isREST = Bool.random(using: &chance)
                let all = isREST ? RESTAPIService.description.rest : HTTPAPIService.description.rest
                let operation = chance.one(of: all)
                // What exists lives long enough to be met by other operations.
                let isRare =
                    operation.name.hasPrefix("Delete")
                    || ["CreateRestApi", "CreateApi", "PutRestApi"].contains(operation.name)
                if isRare, Int.random(in: 0..<30, using: &chance) > 0 { continue }
                let input = operation.bindings.reduce(into: [String: JSON]()) { input, binding in
                    let isWild = Int.random(in: 0..<20, using: &chance) == 0
                    if !isWild, let known = ids[binding.name] {
                        input[binding.name] = .string(chance.one(of: known))
                    } else if !isWild, let likely = Self.likely[binding.name] {
                        input[binding.name] = chance.one(of: likely)
                    } else if binding.place == .path || binding.name == "name"
                        || Int.random(in: 0..<30, using: &chance) == 0
                    {
                        input[binding.name] = value(&chance, ids.values.flatMap { $0 })
                    }
                }
                let output = isREST ? await run(rest, operation, input) : await run(http, operation, input)
                if let output {
                    accepted.insert("\(isREST).\(operation.name)")
                    for (name, value) in output.object ?? [:] {
                        for taker in Self.takers["\(operation.name).\(name)"] ?? [] {
                            guard let id = value.string else { continue }
                            ids[taker] = ((ids[taker] ?? []) + [id]).suffix(1)
                        }
                    }
                }
                let path = (0..<2).map { _ in chance.one(of: Self.texts) }.joined(separator: "/")
                let request = GatewayRequest(
                    method: chance.one(of: ["GET", "POST", "OPTIONS", ""]),
                    api: chance.one(of: (ids["restApiId"] ?? []) + (ids["apiId"] ?? []) + ["x"]),
                    path: chance.one(of: ["/prod/" + path, "/" + path, path]),
                    query: chance.one(of: Self.texts),
                    headers: [(chance.one(of: Self.texts + ["Origin"]), chance.one(of: Self.texts))],
                    host: chance.one(of: Self.texts),
                    sourceAddress: ""
                )
                let status = await gateway.respond(to: request).status
                accepted.insert("\(status)")
                #expect((200...599).contains(status))
            }
            // Most operations accepted something, so that the others met it.
            #expect(accepted.count > 60)
            await data.close()
        }
    }
}
