import AWS
import Foundation
import Testing

@testable import APIGateway

/// Imports of OpenAPI documents.
struct OpenAPIDocumentTests {
    private static let function =
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:0:function:f/invocations"

    private static let rest = """
        swagger: "2.0"
        info: {title: pets, version: "1.0", description: All pets}
        securityDefinitions:
          api_key: {type: apiKey, name: x-api-key, in: header}
        paths:
          /pets/{id}:
            parameters:
              - {name: id, in: path, required: true, type: string}
            get:
              security: [{api_key: []}]
              x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: "\(function)", timeoutInMillis: 1000}
            options:
              responses:
                200: {description: ok, headers: {Access-Control-Allow-Origin: {type: string}}}
              x-amazon-apigateway-integration:
                type: mock
                passthroughBehavior: when_no_match
                requestTemplates: {application/json: '{"statusCode": 200}'}
                responses:
                  default:
                    statusCode: 200
                    responseParameters: {method.response.header.Access-Control-Allow-Origin: "'*'"}
          /{proxy+}:
            x-amazon-apigateway-any-method:
              x-amazon-apigateway-integration: {$ref: "#/x-integrations/all"}
        x-integrations:
          all: {type: http_proxy, httpMethod: ANY, uri: "http://example.com/"}
        x-amazon-apigateway-binary-media-types: [image/png]
        """

    @Test("a REST API in YAML")
    func restAPI() throws {
        var api = RESTAPI(name: "x", createdDate: 0)
        try OpenAPIDocument(Data(Self.rest.utf8)).apply(to: &api, options: [:])
        #expect(
            api.settings.name == "pets" && api.settings.version == "1.0"
                && api.settings.binaryMediaTypes == ["image/png"]
        )
        #expect(api.resources.values.map(\.path).sorted() == ["/", "/pets", "/pets/{id}", "/{proxy+}"])
        let pets = try #require(api.resources.values.first { $0.path == "/pets/{id}" }?.resourceMethods)
        let get = try #require(pets["GET"])
        #expect(get.apiKeyRequired && get.requestParameters == ["method.request.path.id": true])
        #expect(get.methodIntegration?.type == "AWS_PROXY" && get.methodIntegration?.timeoutInMillis == 1000)
        let options = try #require(pets["OPTIONS"])
        #expect(
            options.methodResponses?["200"]?.responseParameters == [
                "method.response.header.Access-Control-Allow-Origin": false
            ]
        )
        #expect(options.methodIntegration?.passthroughBehavior == "WHEN_NO_MATCH")
        #expect(options.methodIntegration?.integrationResponses?["200"]?.selectionPattern == nil)
        let proxy = api.resources.values.first { $0.path == "/{proxy+}" }?.resourceMethods?["ANY"]
        #expect(proxy?.methodIntegration?.uri == "http://example.com/")
    }

    @Test("an import replaces methods and keeps resources")
    func merge() throws {
        var api = RESTAPI(name: "x", createdDate: 0)
        let document = try OpenAPIDocument(Data(Self.rest.utf8))
        try document.apply(to: &api, options: [:])
        let ids = Set(api.resources.keys)
        try document.apply(to: &api, options: [:])
        #expect(Set(api.resources.keys) == ids)
    }

    @Test("an HTTP API in JSON")
    func httpAPI() throws {
        let text = #"""
            {"openapi": "3.0.1", "info": {"title": "h"},
             "x-amazon-apigateway-cors": {"allowOrigins": ["*"], "maxAge": 5},
             "paths": {
               "/$default": {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration":
                 {"type": "aws_proxy", "uri": "arn:aws:lambda:us-east-1:0:function:f", "payloadFormatVersion": "2.0"}}},
               "/a/{b}": {"get": {"x-amazon-apigateway-integration":
                 {"type": "http_proxy", "httpMethod": "GET", "uri": "https://example.com/{b}"}}}}}
            """#
        var api = HTTPAPI(settings: HTTPAPI.Settings(apiId: "a", name: "", createdDate: ""))
        try OpenAPIDocument(Data(text.utf8)).apply(to: &api)
        #expect(api.routes.values.map(\.routeKey).sorted() == ["$default", "GET /a/{b}"])
        #expect(api.settings.corsConfiguration?.maxAge == 5 && api.integrations.count == 2)
    }

    @Test(
        "what is not an OpenAPI document",
        arguments: [
            "", "x", "[]", "{}", #"{"openapi":"3.0.1"}"#, #"{"openapi":"1.0","info":{"title":"t"}}"#, "a: *b", "\u{0}",
            #"{"swagger":"2.0","info":{"title":7}}"#, "a: [1, 2", String(repeating: "[", count: 100_000),
            String(repeating: "a: {", count: 100), "x: &a [1]\ny: [*a, *a]",
        ]
    )
    func invalid(_ text: String) {
        #expect(throws: AWSError.badRequest("Invalid OpenAPI input.")) { try OpenAPIDocument(Data(text.utf8)) }
    }

    @Test("numbers in YAML are those of JSON")
    func numbers() throws {
        let text = "openapi: 3.0.1\ninfo: {title: t}\na: 0o17\nb: 017\nc: yes\nd: 1e2\ne: .inf\nf: 12:30\ng:"
        let root = try OpenAPIDocument(Data(text.utf8)).root
        #expect(root["a"] == .string("0o17") && root["b"] == .string("017") && root["c"] == .string("yes"))
        #expect(root["d"] == .number(100) && root["e"] == .string(".inf") && root["f"] == .string("12:30"))
        #expect(root.object?["g"] == .null)
    }

    @Test("references that lead in circles end")
    func circles() throws {
        let document = try OpenAPIDocument(
            Data(##"{"swagger":"2.0","info":{"title":"t"},"a":{"$ref":"#/b"},"b":{"$ref":"#/a"}}"##.utf8)
        )
        #expect(document.resolved(document.root["a"]) == nil)
    }

    @Test("too many resources are refused")
    func limit() throws {
        let paths = (0..<400).map { "\"/p\($0)\":{\"get\":{}}" }.joined(separator: ",")
        let document = try OpenAPIDocument(
            Data("{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\"},\"paths\":{\(paths)}}".utf8)
        )
        var api = RESTAPI(name: "x", createdDate: 0)
        #expect(throws: AWSError.self) { try document.apply(to: &api, options: [:]) }
    }
}
