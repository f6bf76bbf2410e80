import AWS
import Definitions
import Foundation

extension RESTAPIService {
    private static let testStage = "test-invoke-stage"

    /// Runs a method as it is now, deployed or not.
    func testMethod(_ call: AWSCall) async throws -> JSON {
        let watch = Stopwatch()
        let api = try await api(call)
        let resource = try api.resource(call)
        let name = try call.required("httpMethod")
        guard let method = resource.resourceMethods?[name] ?? resource.resourceMethods?["ANY"] else {
            throw AWSError.notFound("Invalid Method identifier specified")
        }
        guard method.methodIntegration != nil else { throw AWSError.badRequest("No integration defined for method") }
        let test = Self.call(call, of: api, resource, method, ids: CallIDs())
        var response: GatewayResponse
        do {
            response = try await RESTExecution(gateway: gateway, call: test).response()
        } catch let fault as GatewayFault {
            response = fault.restResponse
        }
        let traceID = test.request.eventHeaders.last { $0.name.lowercased() == "x-amzn-trace-id" }?.value ?? ""
        response.setDefault("X-Amzn-Trace-Id", traceID)
        let milliseconds = watch.nanoseconds / 1_000_000
        let headers = Dictionary(grouping: response.headers, by: \.name).mapValues { $0.map { JSON.string($0.value) } }
        return .object([
            "status": .number(Double(response.status)),
            "body": .string(String(decoding: response.body, as: UTF8.self)),
            "headers": .object(headers.compactMapValues(\.last)),
            "multiValueHeaders": .object(headers.mapValues { .array($0) }),
            "log": .string(Self.log(test, response, milliseconds: milliseconds)),
            "latency": .number(Double(milliseconds)),
        ])
    }

    private static func call(
        _ call: AWSCall,
        of api: RESTAPI,
        _ resource: RESTResource,
        _ method: RESTMethod,
        ids: CallIDs
    ) -> RESTCall {
        let target = call.text("pathWithQueryString").flatMap { $0.isEmpty ? nil : $0 } ?? resource.path
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let path = parts[0].hasPrefix("/") ? parts[0] : "/" + parts[0]
        var headers = (call.input["multiValueHeaders"]?.object ?? [:]).sorted { $0.key < $1.key }.flatMap {
            name,
            values in
            (values.array ?? []).compactMap(\.string).map { (name: name, value: $0) }
        }
        headers += (call.input["headers"]?.strings ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        let route = RESTPlan.Route(resourceID: resource.id, path: resource.path, method: method)
        var router = Router<RESTPlan.Route>()
        router.add("ANY", resource.path, route)
        let segments = Router<RESTPlan.Route>.segments(of: path)
        let name = call.text("httpMethod") ?? "GET"
        return RESTCall(
            apiID: api.settings.id,
            stage: testStage,
            deploymentID: nil,
            stageVariables: call.input["stageVariables"]?.strings ?? [:],
            binaryMediaTypes: MediaTypes(api.settings.binaryMediaTypes ?? []),
            request: ProxyRequest(
                method: name,
                path: path,
                query: parts.count > 1 ? parts[1] : "",
                headers: headers,
                body: Data((call.text("body") ?? "").utf8),
                host: "testPrefix.testDomainName",
                sourceAddress: "test-invoke-source-ip",
                isSecure: true,
                requestID: ids.request,
                time: call.time
            ),
            fullPath: path,
            route: route,
            pathParameters: router.find(name, segments, choosesByPath: true)?.parameters ?? [:],
            key: nil,
            ids: ids
        )
    }

    private static func log(_ call: RESTCall, _ response: GatewayResponse, milliseconds: Int) -> String {
        let body = String(decoding: response.body.prefix(1024), as: UTF8.self)
        return [
            "Execution log for request \(call.request.requestID)",
            "\(call.request.logTime) : Starting execution for request: \(call.request.requestID)",
            "HTTP Method: \(call.request.method), Resource Path: \(call.request.path)",
            "Method request path: \(call.pathParameters)",
            "Method request query string: \(call.request.query)",
            "Endpoint: \(call.route.method.methodIntegration?.uri ?? "MOCK")",
            "Method response body after transformations: \(body)",
            "Method completed with status: \(response.status)",
            "Latency: \(milliseconds) ms",
        ].joined(separator: "\n") + "\n"
    }
}
