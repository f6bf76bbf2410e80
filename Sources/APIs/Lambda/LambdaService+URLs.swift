import AWS
import Definitions
import Encodings
import Foundation
import Functions

extension LambdaService {
    func createFunctionURLConfig(_ call: AWSCall) async throws -> JSON {
        let name = try FunctionName(call)
        let changes = URLChanges(call.input)
        let url = try await functions.addURL(
            to: name.name,
            qualifier: name.qualifier,
            authType: call.input.required("AuthType"),
            at: call.time
        ) { changes.apply(to: &$0) }
        return json(url, of: name.name, call)
    }

    func getFunctionURLConfig(_ call: AWSCall) throws -> JSON {
        let name = try FunctionName(call)
        return json(try functions.url(of: name.name, qualifier: name.qualifier), of: name.name, call)
    }

    func updateFunctionURLConfig(_ call: AWSCall) async throws -> JSON {
        let name = try FunctionName(call)
        let changes = URLChanges(call.input)
        let url = try await functions.updateURL(of: name.name, qualifier: name.qualifier, at: call.time) {
            changes.apply(to: &$0)
        }
        return json(url, of: name.name, call)
    }

    func deleteFunctionURLConfig(_ call: AWSCall) async throws -> JSON? {
        let name = try FunctionName(call)
        try await functions.removeURL(of: name.name, qualifier: name.qualifier)
        return nil
    }

    func listFunctionURLConfigs(_ call: AWSCall) throws -> JSON {
        let page = try ListPage(call)
        let function = try functions.function(named: FunctionName(call).name)
        let urls = function.urls.sorted { ($0.qualifier ?? "") < ($1.qualifier ?? "") }
        return page.json(urls, key: { "-" + ($0.qualifier ?? "") }, as: "FunctionUrlConfigs") {
            json($0, of: function.name, call)
        }
    }

    private func json(_ url: FunctionURL, of function: String, _ call: AWSCall) -> JSON {
        .members([
            "FunctionUrl": .string("\(functions.serverURL)/_aws/lambda-url/\(url.id)/"),
            "FunctionArn": .string(FunctionName.arn(function, url.qualifier, region: call.region)),
            "AuthType": .string(url.authType),
            "InvokeMode": .string(url.invokeMode),
            "Cors": url.cors.map(Self.json),
            "CreationTime": .string(RFC3339.string(microseconds: url.createdAt.microseconds)),
            "LastModifiedTime": .string(RFC3339.string(microseconds: url.modifiedAt.microseconds)),
        ])
    }

    private static func json(_ cors: FunctionURL.CORSRules) -> JSON {
        func list(_ values: [String]?) -> JSON? { values.map { .array($0.map(JSON.string)) } }
        return .members([
            "AllowCredentials": cors.allowCredentials.map(JSON.bool),
            "AllowHeaders": list(cors.allowHeaders),
            "AllowMethods": list(cors.allowMethods),
            "AllowOrigins": list(cors.allowOrigins),
            "ExposeHeaders": list(cors.exposeHeaders),
            "MaxAge": cors.maxAge.map { .number(Double($0)) },
        ])
    }
}

/// What a request says about a URL. Members that it lacks stay as they are.
private struct URLChanges: Sendable {
    private let authType: String?
    private let invokeMode: String?
    private let cors: FunctionURL.CORSRules?

    init(_ input: JSON) {
        authType = input["AuthType"]?.string
        invokeMode = input["InvokeMode"]?.string
        cors = input["Cors"].map { given in
            func list(_ name: String) -> [String]? { given[name]?.array?.compactMap(\.string) }
            var cors = FunctionURL.CORSRules()
            cors.allowCredentials = given["AllowCredentials"]?.bool
            cors.allowHeaders = list("AllowHeaders")
            cors.allowMethods = list("AllowMethods")
            cors.allowOrigins = list("AllowOrigins")
            cors.exposeHeaders = list("ExposeHeaders")
            cors.maxAge = given["MaxAge"]?.int
            return cors
        }
    }

    func apply(to url: inout FunctionURL) {
        if let authType { url.authType = authType }
        if let invokeMode { url.invokeMode = invokeMode }
        // An empty structure removes the rules.
        if let cors { url.cors = cors == FunctionURL.CORSRules() ? nil : cors }
    }
}
