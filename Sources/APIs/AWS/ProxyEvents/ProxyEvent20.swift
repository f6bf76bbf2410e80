package import Foundation

/// An event of payload format 2.0: for functions behind HTTP APIs and function URLs.
package struct ProxyEvent20: Sendable {
    package let request: ProxyRequest
    package let apiID: String
    /// `anonymous` for function URLs.
    package var accountID = "anonymous"
    package var routeKey = "$default"
    package var stage = "$default"
    /// Decoded.
    package var pathParameters: [String: String] = [:]
    package var stageVariables: [String: String] = [:]

    package init(_ request: ProxyRequest, apiID: String) {
        self.request = request
        self.apiID = apiID
    }

    package var encoded: Data { json.encoded }

    package var json: JSON {
        let cookies = request.headers.filter { $0.name.lowercased() == "cookie" }.flatMap { header in
            header.value.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let headers = request.eventHeaders.filter { $0.name.lowercased() != "cookie" }
        let isText = request.hasTextBody
        let body = isText ? String(decoding: request.body, as: UTF8.self) : request.body.base64EncodedString()
        let query = request.parameters
        return .members([
            "version": .string("2.0"),
            "routeKey": .string(routeKey),
            "rawPath": .string(request.path),
            "rawQueryString": .string(request.query),
            "cookies": cookies.isEmpty ? nil : .array(cookies.map(JSON.string)),
            "headers": Self.joined(headers.map { ($0.name.lowercased(), $0.value) }),
            "queryStringParameters": query.isEmpty ? nil : Self.joined(query),
            "pathParameters": pathParameters.isEmpty ? nil : .strings(pathParameters),
            "stageVariables": stageVariables.isEmpty ? nil : .strings(stageVariables),
            "body": request.body.isEmpty ? nil : .string(body),
            "isBase64Encoded": .bool(!request.body.isEmpty && !isText),
            "requestContext": context,
        ])
    }

    private var context: JSON {
        .object([
            "accountId": .string(accountID),
            "apiId": .string(apiID),
            "domainName": .string(request.host),
            "domainPrefix": .string(request.domainPrefix),
            "http": .object([
                "method": .string(request.method),
                "path": .string(request.path),
                "protocol": .string("HTTP/1.1"),
                "sourceIp": .string(request.sourceAddress),
                "userAgent": .string(request.header("user-agent") ?? ""),
            ]),
            "requestId": .string(request.requestID),
            "routeKey": .string(routeKey),
            "stage": .string(stage),
            "time": .string(request.logTime),
            "timeEpoch": .milliseconds(request.time),
        ])
    }

    /// Returns an object of strings. The values of a repeated name are joined.
    private static func joined(_ pairs: [(name: String, value: String)]) -> JSON {
        .strings(
            Dictionary(grouping: pairs, by: \.name).mapValues { $0.map(\.value).joined(separator: ",") }
        )
    }
}
