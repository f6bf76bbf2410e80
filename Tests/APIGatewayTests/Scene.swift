import AWS
import DataFolder
import Definitions
import Foundation
import Logging
import Outgoing
import Platform
import Programs
import Runtimes
import Synchronization
import TestSupport
import Testing
import WorkThreads

@testable import APIGateway

/// APIs that are made by the operations and called through the gateway, on a real data folder. Functions are closures.
struct Scene: Sendable {
    let rest: RESTAPIService
    let http: HTTPAPIService
    let gateway: Gateway
    let notes: Notes

    func rest(_ operation: String, _ input: [String: JSON]) async throws -> JSON {
        try await rest.run(Self.call(operation, input, .restAPIs)) ?? .null
    }

    func http(_ operation: String, _ input: [String: JSON]) async throws -> JSON {
        try await http.run(Self.call(operation, input, .httpAPIs)) ?? .null
    }

    private static func call(_ operation: String, _ input: [String: JSON], _ model: ServiceModel) throws -> AWSCall {
        let input = try model.check(.object(input), of: operation)
        return AWSCall(operation: operation, input: input, region: "us-east-1", time: Date())
    }

    func get(
        _ api: String,
        _ path: String,
        method: String = "GET",
        headers: [(name: String, value: String)] = [],
        body: String = ""
    ) async -> GatewayResponse {
        await gateway.respond(
            to: GatewayRequest(
                method: method,
                api: api,
                path: path,
                headers: headers,
                body: Data(body.utf8),
                host: "127.0.0.1:8080",
                sourceAddress: "127.0.0.1"
            )
        )
    }

    /// Creates a REST API with one method, and returns its ID and the ID of the method's resource.
    func api(
        part: String?,
        method: String = "GET",
        keyed: Bool = false,
        _ integration: [String: JSON]
    ) async throws -> (id: String, resource: String) {
        let api = try await rest("CreateRestApi", ["name": .string("pets")])
        let id = try api.required("id")
        var resource = try api.required("rootResourceId")
        if let part {
            resource = try await rest(
                "CreateResource",
                ["restApiId": .string(id), "parentId": .string(resource), "pathPart": .string(part)]
            ).required("id")
        }
        let place: [String: JSON] = [
            "restApiId": .string(id), "resourceId": .string(resource), "httpMethod": .string(method),
        ]
        _ = try await rest(
            "PutMethod",
            place.merging(["authorizationType": .string("NONE"), "apiKeyRequired": .bool(keyed)]) { $1 }
        )
        _ = try await rest("PutIntegration", place.merging(integration) { $1 })
        return (id, resource)
    }

    func deploy(_ id: String, stage: String = "prod") async throws {
        _ = try await rest("CreateDeployment", ["restApiId": .string(id), "stageName": .string(stage)])
    }
}

final class Notes: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    var all: [String] { lines.withLock { $0 } }
}

struct Missing: Error {}

func withScene(
    _ functions: [String: @Sendable (JSON) async throws -> FunctionResult] = [:],
    _ body: (Scene) async throws -> Void
) async throws {
    try await withTemporaryFolder { folder in
        let configuration = DataFolder.Configuration(path: folder, programs: ProgramHost(executable: roostBinary))
        let data = try DataFolder(configuration, logger: Logger(label: "test")) { _, _, _ in
            InspectedModel(signature: .floats(2))
        }
        let store = APIStore(platform: data.platform)
        let notes = Notes()
        let gateway = Gateway(
            store: store,
            outgoing: OutgoingClient(allowsPrivateAddresses: false),
            logger: Logger(label: "test"),
            invoke: { name, event, timeLimit in
                let short = String(name.split(separator: ":").last ?? "")
                guard let function = functions[short] else { throw Missing() }
                return try await withTimeLimit(timeLimit) { try await function(JSON(parsing: event) ?? .null) }
            },
            note: { _, line in notes.add(line) }
        )
        let scene = Scene(
            rest: RESTAPIService(store: store, gateway: gateway),
            http: HTTPAPIService(store: store) { "http://127.0.0.1:8080" },
            gateway: gateway,
            notes: notes
        )
        try await body(scene)
        await data.close()
    }
}

func proxy(_ function: String) -> [String: JSON] {
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:\(function)"
    return [
        "type": .string("AWS_PROXY"), "integrationHttpMethod": .string("POST"),
        "uri": .string("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\(arn)/invocations"),
    ]
}

func answer(_ text: String) -> FunctionResult {
    FunctionResult(payload: Data(text.utf8), isError: false)
}

func text(_ response: GatewayResponse) -> String { String(decoding: response.body, as: UTF8.self) }
