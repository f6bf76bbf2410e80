import AWS
import Foundation
import Testing

@testable import APIGateway

/// Documents that are small, and would be large with their references replaced.
struct OpenAPILimitsTests {
    /// A document whose paths all refer to the same item.
    private func document(paths: Int, _ item: String, others: String = "") throws -> OpenAPIDocument {
        let names = (0..<paths).map { ##""/p\##($0)":{"$ref":"#/x-s"}"## }.joined(separator: ",")
        let text = #"{"openapi":"3.0.1","info":{"title":"t"},"paths":{\#(names)},"x-s":\#(item)\#(others)}"#
        return try OpenAPIDocument(Data(text.utf8))
    }

    private func expectRefusal(_ message: String, _ document: () throws -> OpenAPIDocument) {
        #expect(throws: AWSError.badRequest("Invalid OpenAPI input. \(message)")) {
            var api = RESTAPI(name: "x", createdDate: 0)
            try document().apply(to: &api, options: [:])
        }
        #expect(throws: AWSError.badRequest("Invalid OpenAPI input. \(message)")) {
            var api = HTTPAPI(settings: HTTPAPI.Settings(apiId: "a", name: "", createdDate: ""))
            try document().apply(to: &api)
        }
    }

    private func ones(_ count: Int) -> String { "[" + Array(repeating: "1", count: count).joined(separator: ",") + "]" }

    @Test("a document in JSON has at most 200,000 values")
    func values() {
        expectRefusal("It has more than 200000 values.") {
            try document(paths: 1, #"{"get":{"parameters":\#(ones(300_000))}}"#)
        }
        expectRefusal("It has more than 200000 values.") {
            try document(paths: 1, "{}", others: #","x":[\#(String(repeating: "[],", count: 900_000))1]"#)
        }
    }

    @Test("parameters that many operations share are not copied for each")
    func parameters() {
        let one = #"{"parameters":\#(ones(150_000))}"#
        expectRefusal("The operation DELETE /p0 has more than 300 parameters.") {
            try document(paths: 250, #"{"get":\#(one),"delete":{"parameters":\#(ones(301))}}"#)
        }
        expectRefusal("The operation GET /p0 has more than 300 parameters.") {
            try document(paths: 250, #"{"parameters":\#(ones(200)),"get":{"parameters":\#(ones(101))}}"#)
        }
    }

    @Test("what references lead to is counted each time")
    func references() {
        let message = "With its references replaced, it has more than 16777216 bytes."
        let text = String(repeating: "x", count: 200_000)
        expectRefusal(message) { try document(paths: 250, #"{"get":{"description":"\#(text)"}}"#) }
        expectRefusal(message) {
            try document(
                paths: 250,
                ##"{"get":{"responses":{"200":{"$ref":"#/x-r"}}}}"##,
                others: #","x-r":{"description":"\#(text)"}"#
            )
        }
        expectRefusal(message) {
            try document(paths: 250, #"{"get":{"x-y":\#(ones(4000))}}"#)
        }
        expectRefusal(message) {
            let security = Array(repeating: "{}", count: 4000).joined(separator: ",")
            return try document(paths: 250, #"{"get":{}}"#, others: #","security":[\#(security)]"#)
        }
    }

    @Test("a document has at most as many paths as an API has resources, and responses as there are statuses")
    func counts() {
        expectRefusal("It has more than 300 paths.") { try document(paths: 301, "{}") }
        let responses = (0...500).map { #""r\#($0)":{}"# }.joined(separator: ",")
        expectRefusal("The operation GET /p0 has more than 500 responses.") {
            try document(paths: 1, #"{"get":{"responses":{\#(responses)}}}"#)
        }
    }

    @Test("a large API that is meant so is imported")
    func large() throws {
        let parameters = (0..<20).map { #"{"name":"p\#($0)","in":"query"}"# }.joined(separator: ",")
        let operations = ["get", "put", "post", "delete"].map { #""\#($0)":{"parameters":[\#(parameters)]}"# }
        var api = RESTAPI(name: "x", createdDate: 0)
        try document(paths: 250, "{\(operations.joined(separator: ","))}").apply(to: &api, options: [:])
        #expect(api.resources.count == 251)
        #expect(api.resources.values.allSatisfy { $0.path == "/" || $0.resourceMethods?.count == 4 })
        #expect(
            api.resources.values.first { $0.path == "/p7" }?.resourceMethods?["PUT"]?.requestParameters?.count == 20
        )
    }

    @Test("parameters of a path that is a reference belong to its operations")
    func sharedParameters() throws {
        var api = RESTAPI(name: "x", createdDate: 0)
        let item = #"{"parameters":[{"name":"a","in":"header"}],"get":{"parameters":[{"name":"b","in":"query"}]}}"#
        try document(paths: 1, item).apply(to: &api, options: [:])
        let method = api.resources.values.first { $0.path == "/p0" }?.resourceMethods?["GET"]
        #expect(
            method?.requestParameters == ["method.request.header.a": false, "method.request.querystring.b": false]
        )
    }
}
