import AWS
import Foundation

/// An event of payload format 1.0: for functions behind REST APIs, and behind HTTP APIs whose integration says so.
struct ProxyEvent10 {
    /// The request, with the path in the stage.
    let request: ProxyRequest
    let apiID: String
    let stage: String
    /// `/pets/{petId}`
    let resourcePath: String
    /// The path with the stage, if it is in the URL.
    let fullPath: String
    var deploymentID: String?
    var resourceID: String?
    var extendedRequestID: String
    /// Percent-encoded, as they were sent.
    var pathParameters: [String: String] = [:]
    var stageVariables: [String: String] = [:]
    var isBase64Encoded = false
    /// The API key of the call, if the method needs one.
    var key: GatewayKey?
    /// Whether the event is of an HTTP API.
    var isOfHTTPAPI = false

    var json: JSON {
        let headers = request.eventHeaders.map { (isOfHTTPAPI ? $0.name.lowercased() : $0.name, $0.value) }
        let (lastHeaders, allHeaders) = Self.maps(headers) { $0.lowercased() }
        let (lastQuery, allQuery) = Self.maps(request.parameters) { $0 }
        let body: JSON =
            if request.body.isEmpty {
                .null
            } else if isBase64Encoded {
                .string(request.body.base64EncodedString())
            } else {
                .string(String(decoding: request.body, as: UTF8.self))
            }
        var event: [String: JSON] = [
            "resource": .string(resourcePath),
            "path": .string(request.path),
            "httpMethod": .string(request.method),
            "headers": lastHeaders,
            "multiValueHeaders": allHeaders,
            "queryStringParameters": lastQuery,
            "multiValueQueryStringParameters": allQuery,
            "pathParameters": pathParameters.isEmpty ? .null : .strings(pathParameters),
            "stageVariables": stageVariables.isEmpty ? .null : .strings(stageVariables),
            "requestContext": context,
            "body": body,
            "isBase64Encoded": .bool(isBase64Encoded && !request.body.isEmpty),
        ]
        if isOfHTTPAPI { event["version"] = .string("1.0") }
        return .object(event)
    }

    private var context: JSON {
        var identity: [String: JSON] = [
            "sourceIp": .string(request.sourceAddress),
            "userAgent": request.header("user-agent").map(JSON.string) ?? .null,
        ]
        for name in [
            "accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType",
            "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "user", "userArn",
        ] { identity[name] = .null }
        if let key {
            identity["apiKey"] = .string(key.value)
            identity["apiKeyId"] = .string(key.id)
        }
        return .object([
            "accountId": .string(AWSAccount.id),
            "apiId": .string(apiID),
            "deploymentId": deploymentID.map(JSON.string) ?? .null,
            "domainName": .string(request.host),
            "domainPrefix": .string(request.domainPrefix),
            "extendedRequestId": .string(extendedRequestID),
            "httpMethod": .string(request.method),
            "identity": .object(identity),
            "path": .string(fullPath),
            "protocol": .string("HTTP/1.1"),
            "requestId": .string(request.requestID),
            "requestTime": .string(request.logTime),
            "requestTimeEpoch": .milliseconds(request.time),
            "resourceId": resourceID.map(JSON.string) ?? .null,
            "resourcePath": .string(resourcePath),
            "stage": .string(stage),
        ])
    }

    /// Returns the last value and all values of each name; null if there are none.
    ///
    /// - Parameter key: Names with the same key are one. It has the spelling of the first.
    private static func maps(
        _ pairs: [(name: String, value: String)],
        _ key: (String) -> String
    ) -> (last: JSON, all: JSON) {
        guard !pairs.isEmpty else { return (.null, .null) }
        var names: [String: String] = [:]
        var all: [String: [JSON]] = [:]
        for (name, value) in pairs {
            let key = key(name)
            let name = names[key] ?? name
            names[key] = name
            all[name, default: []].append(.string(value))
        }
        return (.object(all.compactMapValues(\.last)), .object(all.mapValues { .array($0) }))
    }
}
