import AWS
import Foundation
import Testing

@testable import APIGateway

/// Settings that would change what an API answers, or who may call it, and that this server does not have.
struct RefusedSettingsTests {
    private static let open =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","#
        + #""Resource":["execute-api:/*"]}]}"#

    /// The message of the error that a body throws; `nil` if it throws none.
    private func refusal(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? AWSError)?.message ?? "\(error)"
        }
    }

    private func expectUnsupported(_ subject: String, _ body: () async throws -> Void) async {
        let message = await refusal(body)
        #expect(message?.hasPrefix("\(subject) is not supported by this server.") == true, "\(message ?? "accepted")")
    }

    @Test(
        "policies that allow every call are accepted",
        arguments: [
            open,
            #"{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"*","Resource":"*"}}"#,
            #"{"Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":["*"]},"Action":["execute-api:Invoke"],"#
                + #""Resource":"arn:aws:execute-api:us-east-1:000000000000:abc/*/*/*"}]}"#,
        ]
    )
    func openPolicies(_ policy: String) throws { try ResourcePolicy.check(policy, in: "policy") }

    @Test(
        "policies that do not are refused",
        arguments: [
            #"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}"#,
            #"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","#
                + #""Condition":{"IpAddress":{"aws:SourceIp":"1.2.3.4"}}}"#,
            #"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"*","Resource":"*"}"#,
            #"{"Effect":"Allow","Principal":"*","Action":"execute-api:ManageConnections","Resource":"*"}"#,
            #"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"execute-api:/prod/GET/pets"}"#,
            #"{"Effect":"Allow","Principal":"*","NotAction":"x","Action":"*","Resource":"*"}"#, "{}", "7",
        ]
    )
    func closedPolicies(_ statement: String) async {
        await expectUnsupported("A 'policy' that does not allow every call") {
            let open = #"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#
            try ResourcePolicy.check(#"{"Statement":[\#(open),\#(statement)]}"#, in: "policy")
        }
    }

    @Test("REST APIs")
    func restAPIs() async throws {
        try await withScene { scene in
            let denied = #"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#
            func create(_ members: [String: JSON]) async throws -> JSON {
                try await scene.rest("CreateRestApi", members.merging(["name": .string("a")]) { $1 })
            }
            await expectUnsupported("A 'policy' that does not allow every call") {
                _ = try await create(["policy": .string(denied)])
            }
            #expect(
                await refusal { _ = try await create(["policy": .string("x")]) }
                    == "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
            )
            await expectUnsupported("The endpoint type PRIVATE") {
                _ = try await create(["endpointConfiguration": .object(["types": .array([.string("PRIVATE")])])])
            }
            await expectUnsupported("'vpcEndpointIds'") {
                _ = try await create(["endpointConfiguration": .object(["vpcEndpointIds": .array([.string("v")])])])
            }
            let api = try await create(["policy": .string(Self.open), "minimumCompressionSize": .number(100)])
            #expect(api["policy"] == .string(Self.open) && api["minimumCompressionSize"] == .number(100))
            func patch(_ path: String, _ value: String) async throws {
                let operation: JSON = .strings(["op": "replace", "path": path, "value": value])
                _ = try await scene.rest(
                    "UpdateRestApi",
                    ["restApiId": .string(api.required("id")), "patchOperations": .array([operation])]
                )
            }
            try await patch("/policy", "")
            try await patch("/endpointConfiguration/types/EDGE", "REGIONAL")
            await expectUnsupported("A 'policy' that does not allow every call") { try await patch("/policy", denied) }
            await expectUnsupported("The endpoint type PRIVATE") {
                try await patch("/endpointConfiguration/types/REGIONAL", "PRIVATE")
            }
        }
    }

    @Test("integrations of REST APIs and their responses")
    func restIntegrations() async throws {
        try await withScene { scene in
            let http: [String: JSON] = [
                "type": .string("HTTP"), "integrationHttpMethod": .string("GET"),
                "uri": .string("https://example.com/"),
            ]
            let verified = http.merging(["tlsConfig": .object(["insecureSkipVerification": .bool(false)])]) { $1 }
            let (id, resource) = try await scene.api(part: nil, verified)
            let place: [String: JSON] = [
                "restApiId": .string(id), "resourceId": .string(resource), "httpMethod": .string("GET"),
            ]
            func put(_ members: [String: JSON]) async throws {
                _ = try await scene.rest("PutIntegration", place.merging(members) { $1 })
            }
            await expectUnsupported("'tlsConfig.insecureSkipVerification'") {
                try await put(http.merging(["tlsConfig": .object(["insecureSkipVerification": .bool(true)])]) { $1 })
            }
            for name in ["CONVERT_TO_TEXT", "CONVERT_TO_BINARY"] {
                await expectUnsupported("'contentHandling' \(name)") {
                    try await put(http.merging(["contentHandling": .string(name)]) { $1 })
                }
            }
            try await put(proxy("f").merging(["contentHandling": .string("CONVERT_TO_TEXT")]) { $1 })
            await expectUnsupported("'contentHandling' CONVERT_TO_BINARY") {
                try await put(proxy("f").merging(["contentHandling": .string("CONVERT_TO_BINARY")]) { $1 })
            }
            let status = place.merging(["statusCode": .string("200")]) { $1 }
            _ = try await scene.rest("PutMethodResponse", status)
            await expectUnsupported("'contentHandling' CONVERT_TO_TEXT") {
                _ = try await scene.rest(
                    "PutIntegrationResponse",
                    status.merging(["contentHandling": .string("CONVERT_TO_TEXT")]) { $1 }
                )
            }
            await expectUnsupported("'requestValidatorId'") {
                _ = try await scene.rest(
                    "PutMethod",
                    place.merging([
                        "httpMethod": .string("PUT"), "authorizationType": .string("NONE"),
                        "requestValidatorId": .string("v"),
                    ]) { $1 }
                )
            }
        }
    }

    @Test("integrations of HTTP APIs")
    func httpIntegrations() async throws {
        try await withScene { scene in
            let api = try await scene.http("CreateApi", ["name": .string("h"), "protocolType": .string("HTTP")])
            let integration: [String: JSON] = [
                "apiId": .string(try api.required("apiId")), "integrationType": .string("HTTP_PROXY"),
                "integrationMethod": .string("GET"), "integrationUri": .string("https://example.com/"),
            ]
            await expectUnsupported("'tlsConfig'") {
                let tls: JSON = .strings(["serverNameToVerify": "x"])
                _ = try await scene.http("CreateIntegration", integration.merging(["tlsConfig": tls]) { $1 })
            }
            #expect(
                await refusal {
                    let strategy: JSON = .string("CONVERT_TO_TEXT")
                    _ = try await scene.http(
                        "CreateIntegration",
                        integration.merging(["contentHandlingStrategy": strategy]) { $1 }
                    )
                } == "ContentHandlingStrategy is supported only for WEBSOCKET APIs"
            )
        }
    }

    private func importREST(_ members: String, get: String = "{}", options: [String: String] = [:]) throws -> RESTAPI {
        let text =
            #"{"openapi":"3.0.1","info":{"title":"t"},"paths":{"/a":{"get":\#(get)}},"components":{"securitySchemes":"#
            + #"{"key":{"type":"apiKey","name":"x-api-key","in":"header"},"jwt":{"type":"oauth2"},"#
            + #""iam":{"type":"apiKey","name":"Authorization","in":"header","x-amazon-apigateway-authtype":"awsSigv4"}}}"#
            + members + "}"
        var api = RESTAPI(name: "x", createdDate: 0)
        try OpenAPIDocument(Data(text.utf8)).apply(to: &api, options: options)
        return api
    }

    @Test("documents that would protect an API")
    func documents() async throws {
        let policy = #","x-amazon-apigateway-policy":"#
        await expectUnsupported("A 'x-amazon-apigateway-policy' that does not allow every call") {
            let deny = #"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#
            _ = try importREST(policy + deny)
        }
        await expectUnsupported("'x-amazon-apigateway-request-validator'") {
            _ = try importREST(#","x-amazon-apigateway-request-validator":"all""#)
        }
        await expectUnsupported("'x-amazon-apigateway-request-validator'") {
            _ = try importREST("", get: #"{"x-amazon-apigateway-request-validator":"all"}"#)
        }
        await expectUnsupported("'x-amazon-apigateway-gateway-responses'") {
            _ = try importREST(#","x-amazon-apigateway-gateway-responses":{"DEFAULT_4XX":{"statusCode":400}}"#)
        }
        for scheme in ["jwt", "iam", "missing"] {
            await expectUnsupported("The security scheme '\(scheme)' of the operation GET /a") {
                _ = try importREST("", get: #"{"security":[{"\#(scheme)":[]}]}"#)
            }
            await expectUnsupported("The security scheme '\(scheme)' of the operation GET /a") {
                _ = try importREST(#","security":[{"key":[],"\#(scheme)":[]}]"#)
            }
        }
        await expectUnsupported("'x-amazon-apigateway-auth' AWS_IAM of the operation GET /a") {
            _ = try importREST("", get: #"{"x-amazon-apigateway-auth":{"type":"AWS_IAM"}}"#)
        }
        await expectUnsupported("The endpoint type PRIVATE") {
            _ = try importREST("", options: ["endpointConfigurationTypes": "PRIVATE"])
        }
        await expectUnsupported("'basepath' split") { _ = try importREST("", options: ["basepath": "split"]) }
        await expectUnsupported("'contentHandling' CONVERT_TO_BINARY") {
            let integration = #"{"type":"mock","contentHandling":"CONVERT_TO_BINARY"}"#
            _ = try importREST("", get: #"{"x-amazon-apigateway-integration":\#(integration)}"#)
        }
        await expectUnsupported("'tlsConfig.insecureSkipVerification'") {
            let integration = #"{"type":"mock","tlsConfig":{"insecureSkipVerification":true}}"#
            _ = try importREST("", get: #"{"x-amazon-apigateway-integration":\#(integration)}"#)
        }
    }

    @Test("what a document only describes is passed over")
    func descriptions() throws {
        let api = try importREST(
            #","x-amazon-apigateway-policy":\#(Self.open),"x-amazon-apigateway-gateway-responses":{},"#
                + #""x-amazon-apigateway-request-validators":{"all":{"validateRequestBody":true}},"#
                + #""tags":[{"name":"t"}],"externalDocs":{},"x-mine":1,"security":[{"jwt":[]}],"#
                + #""servers":[{"url":"/","x-amazon-apigateway-endpoint-configuration":{"disableExecuteApiEndpoint":true}}]"#,
            get: #"{"security":[{"key":[]}],"x-amazon-apigateway-auth":{"type":"NONE"}}"#,
            options: ["endpointConfigurationTypes": "REGIONAL"]
        )
        #expect(api.settings.policy?.contains("Allow") == true && api.settings.disableExecuteApiEndpoint)
        #expect(api.settings.endpointConfiguration.types == ["REGIONAL"])
        #expect(api.resources.values.first { $0.path == "/a" }?.resourceMethods?["GET"]?.apiKeyRequired == true)
    }

    @Test("all patterns of one choice together take a bounded time")
    func patterns() {
        let slow = (100..<600).map { RESTIntegrationResponse(statusCode: "\($0)", selectionPattern: "(a+)+b?c") }
        let all = Dictionary(slow.map { ($0.statusCode, $0) }) { first, _ in first }
        let start = ContinuousClock.now
        #expect(ResponseSelection.choose(all, String(repeating: "a", count: 4000) + "!") == nil)
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(throws: AWSError.self) { try ResponseSelection.check("(") }
        #expect(throws: AWSError.self) { try ResponseSelection.check(String(repeating: "x", count: 1025)) }
    }
}
