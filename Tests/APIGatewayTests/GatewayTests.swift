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
@Suite("Gateway")
struct GatewayTests {
    /// The services, with functions by name.
    @Test("a REST API's method invokes its function, and every response has its IDs")
    func restProxy() async throws {
        let functions: [String: @Sendable (JSON) async throws -> FunctionResult] = [
            "f": { event in
                answer(JSON.strings(["body": event["pathParameters"]?["id"]?.string ?? ""]).text)
            }
        ]
        try await withScene(functions) { scene in
            let (id, _) = try await scene.api(part: "{id}", proxy("f"))
            #expect(await scene.get(id, "/prod/x").status == 403)
            try await scene.deploy(id)
            let response = await scene.get(id, "/prod/a%2Bb")
            #expect(response.status == 200 && text(response) == "a%2Bb")
            #expect(response.header("x-amzn-requestid") != nil && response.header("x-amz-apigw-id") != nil)
            #expect(text(await scene.get(id, "/test/x")) == #"{"message":"Forbidden"}"#)
            #expect(text(await scene.get(id, "/prod/x/y")) == #"{"message":"Missing Authentication Token"}"#)
            #expect(
                text(await scene.get(id, "/prod/x", method: "POST")) == #"{"message":"Missing Authentication Token"}"#
            )
            #expect(await scene.get("nothing", "/prod/x").status == 403)
        }
    }

    @Test("what a function does wrong is a 502 or 500, and its log says why")
    func restFailures() async throws {
        let functions: [String: @Sendable (JSON) async throws -> FunctionResult] = [
            "f": { event in
                switch event["pathParameters"]?["id"]?.string {
                case "raises": FunctionResult(payload: Data(#"{"errorMessage":"x"}"#.utf8), isError: true)
                case "throttled": throw RoostError(.busy, "Rate exceeded")
                case "gone": throw Missing()
                default: answer(#"{"status": 200}"#)
                }
            }
        ]
        try await withScene(functions) { scene in
            let (id, _) = try await scene.api(part: "{id}", proxy("f"))
            try await scene.deploy(id)
            for (path, status) in [("raises", 502), ("throttled", 502), ("gone", 500), ("malformed", 502)] {
                let response = await scene.get(id, "/prod/\(path)")
                #expect(response.status == status && text(response) == #"{"message": "Internal server error"}"#)
                #expect(response.header("x-amzn-errortype") == "InternalServerErrorException")
            }
            #expect(scene.notes.all.count == 1)
            #expect(scene.notes.all.first?.contains("unknown member 'status'") == true)
        }
    }

    @Test("a function that takes too long is given up")
    func restTimeout() async throws {
        let functions: [String: @Sendable (JSON) async throws -> FunctionResult] = [
            "f": { _ in
                try await Task.sleep(for: .seconds(60))
                return answer("{}")
            }
        ]
        try await withScene(functions) { scene in
            let integration = proxy("f").merging(["timeoutInMillis": .number(50)]) { $1 }
            let (id, _) = try await scene.api(part: nil, integration)
            try await scene.deploy(id)
            let response = await scene.get(id, "/prod")
            #expect(response.status == 504 && text(response) == #"{"message": "Endpoint request timed out"}"#)
        }
    }

    @Test("a deployment is a snapshot, and a stage moves to another one")
    func snapshots() async throws {
        try await withScene(["f": { _ in answer(#"{"body":"f"}"#) }, "g": { _ in answer(#"{"body":"g"}"#) }]) {
            scene in
            let (id, resource) = try await scene.api(part: nil, proxy("f"))
            try await scene.deploy(id)
            let place: [String: JSON] = [
                "restApiId": .string(id), "resourceId": .string(resource), "httpMethod": .string("GET"),
            ]
            _ = try await scene.rest("PutIntegration", place.merging(proxy("g")) { $1 })
            #expect(text(await scene.get(id, "/prod/")) == "f")
            try await scene.deploy(id)
            #expect(text(await scene.get(id, "/prod/")) == "g")
            let deployments = try await scene.rest("GetDeployments", ["restApiId": .string(id)])["item"]?.array ?? []
            #expect(deployments.count == 2)
            let first = try #require(deployments.last).required("id")
            let move: JSON = .strings(["op": "replace", "path": "/deploymentId", "value": first])
            _ = try await scene.rest(
                "UpdateStage",
                ["restApiId": .string(id), "stageName": .string("prod"), "patchOperations": .array([move])]
            )
            #expect(text(await scene.get(id, "/prod/")) == "f")
            await #expect(
                throws: AWSError.badRequest("Active stages pointing to this deployment must be moved or deleted")
            ) {
                _ = try await scene.rest(
                    "DeleteDeployment",
                    ["restApiId": .string(id), "deploymentId": .string(first)]
                )
            }
        }
    }

    @Test("a preflight request is answered by constants")
    func mock() async throws {
        try await withScene { scene in
            let template: JSON = .strings(["application/json": #"{"statusCode": 200}"#])
            let (id, resource) = try await scene.api(
                part: nil,
                method: "OPTIONS",
                ["type": .string("MOCK"), "requestTemplates": template]
            )
            let place: [String: JSON] = [
                "restApiId": .string(id), "resourceId": .string(resource), "httpMethod": .string("OPTIONS"),
                "statusCode": .string("200"),
            ]
            let header = "method.response.header.Access-Control-Allow-Origin"
            let mapping = place.merging(["responseParameters": .strings([header: "'*'"])]) { $1 }
            await #expect(throws: AWSError.notFound("Invalid Response status code specified")) {
                _ = try await scene.rest("PutIntegrationResponse", mapping)
            }
            _ = try await scene.rest(
                "PutMethodResponse",
                place.merging(["responseParameters": .object([header: .bool(true)])]) { $1 }
            )
            _ = try await scene.rest("PutIntegrationResponse", mapping)
            try await scene.deploy(id)
            let response = await scene.get(id, "/prod/", method: "OPTIONS")
            #expect(response.status == 200 && response.body.isEmpty)
            #expect(response.header("access-control-allow-origin") == "*")
            let test = try await scene.rest(
                "TestInvokeMethod",
                ["restApiId": .string(id), "resourceId": .string(resource), "httpMethod": .string("OPTIONS")]
            )
            #expect(
                test["status"] == .number(200) && test["log"]?.string?.hasPrefix("Execution log for request ") == true
            )
        }
    }

    @Test("an API key works for a stage only through a usage plan, with its limits")
    func keys() async throws {
        try await withScene(["f": { _ in answer(#"{"body":"f"}"#) }]) { scene in
            let (id, _) = try await scene.api(part: nil, keyed: true, proxy("f"))
            try await scene.deploy(id)
            let value = "0123456789abcdefghij"
            let key = try await scene.rest(
                "CreateApiKey",
                ["name": .string("k"), "value": .string(value), "enabled": .bool(true)]
            ).required("id")
            let headers = [(name: "x-api-key", value: value)]
            #expect(text(await scene.get(id, "/prod/", headers: headers)) == #"{"message":"Forbidden"}"#)
            let plan = try await scene.rest(
                "CreateUsagePlan",
                [
                    "name": .string("p"),
                    "apiStages": .array([.strings(["apiId": id, "stage": "prod"])]),
                    "quota": .object(["limit": .number(2), "period": .string("DAY")]),
                ]
            ).required("id")
            _ = try await scene.rest(
                "CreateUsagePlanKey",
                ["usagePlanId": .string(plan), "keyId": .string(key), "keyType": .string("API_KEY")]
            )
            #expect(await scene.get(id, "/prod/").status == 403)
            #expect(await scene.get(id, "/prod/", headers: headers).status == 200)
            #expect(await scene.get(id, "/prod/", headers: headers).status == 200)
            #expect(text(await scene.get(id, "/prod/", headers: headers)) == #"{"message":"Limit Exceeded"}"#)
            let key2 = try await scene.rest("GetApiKey", ["apiKey": .string(key)])
            #expect(key2["value"] == nil)
        }
    }

    @Test("a stage's throttle answers 429")
    func throttle() async throws {
        try await withScene(["f": { _ in answer(#"{"body":"f"}"#) }]) { scene in
            let (id, _) = try await scene.api(part: nil, proxy("f"))
            try await scene.deploy(id)
            let operations: [JSON] = [("rateLimit", "0"), ("burstLimit", "1")].map {
                .strings(["op": "replace", "path": "/*/*/throttling/\($0.0)", "value": $0.1])
            }
            let stage = try await scene.rest(
                "UpdateStage",
                ["restApiId": .string(id), "stageName": .string("prod"), "patchOperations": .array(operations)]
            )
            #expect(stage["methodSettings"]?["*/*"]?["throttlingBurstLimit"] == .number(1))
            #expect(await scene.get(id, "/prod/").status == 200)
            #expect(text(await scene.get(id, "/prod/")) == #"{"message":"Too Many Requests"}"#)
        }
    }

    @Test("an HTTP API of a quick create answers without a stage in the path, with CORS")
    func quickCreate() async throws {
        try await withScene(["f": { event in answer(JSON.object(["path": event["rawPath"] ?? .null]).text) }]) {
            scene in
            let api = try await scene.http(
                "CreateApi",
                [
                    "name": .string("h"), "protocolType": .string("HTTP"),
                    "target": .string("arn:aws:lambda:us-east-1:000000000000:function:f"),
                    "corsConfiguration": .object([
                        "allowOrigins": .array([.string("https://a.example")]),
                        "allowMethods": .array([.string("GET")]),
                    ]),
                ]
            )
            let id = try api.required("apiId")
            #expect(api["apiEndpoint"] == .string("http://127.0.0.1:8080/_aws/execute-api/\(id)"))
            let origin = (name: "Origin", value: "https://a.example")
            let response = await scene.get(id, "/x/y", headers: [origin])
            #expect(response.status == 200 && text(response) == #"{"path":"/x/y"}"#)
            #expect(response.header("access-control-allow-origin") == "https://a.example")
            #expect(text(await scene.get(id, "/$default/z")) == #"{"path":"/z"}"#)
            #expect(await scene.get(id, "").status == 200)
            let preflight = await scene.get(
                id,
                "/x",
                method: "OPTIONS",
                headers: [origin, ("Access-Control-Request-Method", "GET")]
            )
            #expect(preflight.status == 204 && preflight.header("access-control-allow-methods") == "GET")
            let foreign = await scene.get(id, "/x", headers: [("Origin", "https://b.example")])
            #expect(foreign.status == 200 && foreign.header("access-control-allow-origin") == nil)
        }
    }

    @Test("routes of an HTTP API, its errors, and stages without automatic deployment")
    func routes() async throws {
        let functions: [String: @Sendable (JSON) async throws -> FunctionResult] = [
            "f": { event in
                event["pathParameters"]?["id"] == .string("bad")
                    ? answer(#"{"statusCode": "x"}"#) : answer(event["pathParameters"]?.text ?? "{}")
            }
        ]
        try await withScene(functions) { scene in
            let api = try await scene.http("CreateApi", ["name": .string("h"), "protocolType": .string("HTTP")])
            let id = JSON.string(try api.required("apiId"))
            let integration = try await scene.http(
                "CreateIntegration",
                [
                    "apiId": id, "integrationType": .string("AWS_PROXY"), "payloadFormatVersion": .string("2.0"),
                    "integrationUri": .string("arn:aws:lambda:us-east-1:000000000000:function:f"),
                ]
            ).required("integrationId")
            let target = JSON.string("integrations/\(integration)")
            _ = try await scene.http(
                "CreateRoute",
                ["apiId": id, "routeKey": .string("GET /a/{id}"), "target": target]
            )
            await #expect(throws: AWSError.conflict("Route with key GET /a/{x} already exists for this API")) {
                _ = try await scene.http(
                    "CreateRoute",
                    ["apiId": id, "routeKey": .string("GET /a/{x}"), "target": target]
                )
            }
            _ = try await scene.http("CreateStage", ["apiId": id, "stageName": .string("dev")])
            let name = id.string ?? ""
            #expect(text(await scene.get(name, "/dev/a/1")) == #"{"message":"Not Found"}"#)
            _ = try await scene.http("CreateDeployment", ["apiId": id, "stageName": .string("dev")])
            #expect(text(await scene.get(name, "/dev/a/x%20y")) == #"{"id":"x y"}"#)
            #expect(text(await scene.get(name, "/dev/b")) == #"{"message":"Not Found"}"#)
            let bad = await scene.get(name, "/dev/a/bad")
            #expect(bad.status == 500 && text(bad) == #"{"message":"Internal Server Error"}"#)
            #expect(scene.notes.all.count == 1)
            await #expect(throws: AWSError.self) {
                _ = try await scene.http("DeleteIntegration", ["apiId": id, "integrationId": .string(integration)])
            }
        }
    }

    @Test("an integration with a private address is refused without the option")
    func outgoing() async throws {
        try await withScene { scene in
            let (id, _) = try await scene.api(
                part: nil,
                [
                    "type": .string("HTTP_PROXY"), "integrationHttpMethod": .string("GET"),
                    "uri": .string("http://127.0.0.1:1/"),
                ]
            )
            try await scene.deploy(id)
            #expect(await scene.get(id, "/prod/").status == 500)
        }
    }
}
