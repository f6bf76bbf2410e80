import AWS
import DataFolder
import Foundation
import Logging
import Outgoing
import Platform
import Programs
import Runtimes
import TestSupport
import Testing

@testable import APIGateway

/// Requests and responses as they are sent: methods, paths, names of members, statuses.
@Suite("Wire forms of API Gateway")
struct WireTests {
    private struct Wire: Sendable {
        let dispatcher: AWSDispatcher
        let service: String

        func send(_ method: String, _ target: String, _ body: String = "") async -> (status: Int, body: JSON) {
            let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
            let response = await dispatcher.respond(
                rest: service,
                method: method,
                path: parts[0],
                query: parts.count > 1 ? parts[1] : "",
                header: { _ in nil },
                body: Data(body.utf8),
                caller: AWSCaller(nil),
                requestID: "r"
            )
            return (response.status, JSON(parsing: response.body) ?? .null)
        }
    }

    private func withWire(_ service: String, _ body: (Wire) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let configuration = DataFolder.Configuration(path: folder, programs: ProgramHost(executable: roostBinary))
            let data = try DataFolder(configuration, logger: Logger(label: "test")) { _, _, _ in
                InspectedModel(signature: .floats(2))
            }
            let store = APIStore(platform: data.platform)
            let gateway = Gateway(
                store: store,
                outgoing: OutgoingClient(allowsPrivateAddresses: false),
                logger: Logger(label: "test"),
                invoke: { _, _, _ in FunctionResult(payload: Data(), isError: true) },
                note: { _, _ in }
            )
            let services: [any AWSService] = [
                RESTAPIService(store: store, gateway: gateway), HTTPAPIService(store: store) { "http://h" },
            ]
            try await body(Wire(dispatcher: AWSDispatcher(services, logger: Logger(label: "test")), service: service))
            await data.close()
        }
    }

    @Test("REST APIs: lists are in 'item', times are numbers, deletions are empty")
    func restAPIs() async throws {
        try await withWire("apigateway") { wire in
            let created = await wire.send("POST", "/restapis", #"{"name":"pets"}"#)
            let id = try created.body.required("id")
            let root = try created.body.required("rootResourceId")
            #expect(created.status == 201 && created.body["createdDate"]?.int != nil)
            #expect(created.body.object?["binaryMediaTypes"] == nil)
            let list = await wire.send("GET", "/restapis?limit=1")
            #expect(list.body["item"]?.array?.count == 1 && list.body["position"] == nil)
            let method = "/restapis/\(id)/resources/\(root)/methods/GET"
            #expect(await wire.send("PUT", method, #"{"authorizationType":"NONE"}"#).status == 201)
            let integration = await wire.send(
                "PUT",
                method + "/integration",
                #"{"type":"HTTP_PROXY","httpMethod":"GET","uri":"http://example.com/"}"#
            )
            #expect(integration.status == 201 && integration.body["httpMethod"] == .string("GET"))
            let bad = await wire.send("PUT", method + "/integration", #"{"type":"X"}"#)
            let message = bad.body["message"]?.string ?? ""
            #expect(bad.status == 400 && message.contains("Value 'X' at 'putIntegrationInput.type' failed"))
            let stage = await wire.send("POST", "/restapis/\(id)/deployments", #"{"stageName":"prod"}"#)
            #expect(stage.status == 201)
            #expect(await wire.send("GET", "/restapis/\(id)/stages").body["item"]?.array?.count == 1)
            #expect(await wire.send("DELETE", "/restapis/\(id)/stages/prod").status == 202)
            #expect(await wire.send("DELETE", method + "/integration").status == 204)
            let deleted = await wire.send("DELETE", "/restapis/\(id)")
            #expect(deleted.status == 202 && deleted.body == .null)
            let missing = await wire.send("GET", "/restapis/\(id)")
            #expect(missing.status == 404)
            #expect(missing.body["message"] == .string("Invalid API identifier specified 000000000000:\(id)"))
        }
    }

    @Test("REST APIs: a document is the whole body")
    func imports() async throws {
        try await withWire("apigateway") { wire in
            let imported = await wire.send(
                "POST",
                "/restapis?mode=import",
                "swagger: '2.0'\ninfo: {title: t}\npaths: {/a: {get: {}}}"
            )
            #expect(imported.status == 201 && imported.body["name"] == .string("t"))
            let id = try imported.body.required("id")
            let put = await wire.send(
                "PUT",
                "/restapis/\(id)?mode=overwrite",
                #"{"openapi":"3.0.1","info":{"title":"u"}}"#
            )
            #expect(put.status == 200 && put.body["name"] == .string("u"))
            let bad = await wire.send("POST", "/restapis?mode=import", "x")
            #expect(bad.status == 400 && bad.body["message"] == .string("Invalid OpenAPI input."))
            #expect(await wire.send("POST", "/restapis?mode=import").status == 400)
        }
    }

    @Test("HTTP APIs: lists are in 'items', times are in ISO 8601")
    func httpAPIs() async throws {
        try await withWire("apigatewayv2") { wire in
            let created = await wire.send(
                "POST",
                "/v2/apis",
                #"{"name":"h","protocolType":"HTTP","target":"arn:aws:lambda:us-east-1:0:function:f"}"#
            )
            let id = try created.body.required("apiId")
            #expect(created.status == 201 && created.body["createdDate"]?.string?.hasSuffix("Z") == true)
            #expect(created.body["apiEndpoint"] == .string("http://h/_aws/execute-api/\(id)"))
            #expect(await wire.send("GET", "/v2/apis").body["items"]?.array?.count == 1)
            #expect(await wire.send("GET", "/v2/apis/\(id)/stages/$default").body["autoDeploy"] == .bool(true))
            #expect(await wire.send("GET", "/v2/apis/\(id)/stages/%24default").status == 200)
            let arn = "arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapis%2F\(id)"
            #expect(await wire.send("POST", "/v2/tags/\(arn)", #"{"tags":{"a":"b"}}"#).status == 201)
            #expect(await wire.send("GET", "/v2/tags/\(arn)").body["tags"]?["a"] == .string("b"))
            let missing = await wire.send("POST", "/v2/apis", #"{"name":"h"}"#)
            #expect(missing.status == 400)
            #expect(await wire.send("DELETE", "/v2/apis/\(id)").status == 204)
        }
    }
}
