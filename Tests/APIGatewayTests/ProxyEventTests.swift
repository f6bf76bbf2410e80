import AWS
import Foundation
import Testing

@testable import APIGateway

/// Events, as functions get them.
struct ProxyEventTests {
    private func request(body: String = "", type: String? = nil, query: String = "a=1&a=2&b=x+y%21") -> ProxyRequest {
        var headers: [(name: String, value: String)] = [
            ("Host", "api.localhost:8080"), ("X-Two", "1"), ("x-two", "2"), ("User-Agent", "test"),
            ("Connection", "keep-alive"), ("Content-Length", "3"), ("Cookie", "c=d; e=f"),
        ]
        if let type { headers.append(("Content-Type", type)) }
        return ProxyRequest(
            method: "POST",
            path: "/pets/a%2Bb",
            query: query,
            headers: headers,
            body: Data(body.utf8),
            host: "api.localhost:8080",
            sourceAddress: "127.0.0.1",
            isSecure: false,
            requestID: "11111111-2222-3333-4444-555555555555",
            time: Date(timeIntervalSince1970: 1_795_849_538.5)
        )
    }

    private func event10(_ request: ProxyRequest) -> ProxyEvent10 {
        var event = ProxyEvent10(
            request: request,
            apiID: "api",
            stage: "prod",
            resourcePath: "/pets/{id}",
            fullPath: "/prod/pets/a%2Bb",
            extendedRequestID: "x="
        )
        event.deploymentID = "dep"
        event.resourceID = "res"
        event.pathParameters = ["id": "a%2Bb"]
        return event
    }

    @Test("an event of format 1.0 has exactly these members")
    func format10() throws {
        let expected = #"""
            {
              "resource": "/pets/{id}", "path": "/pets/a%2Bb", "httpMethod": "POST",
              "headers": {
                "Host": "api.localhost:8080", "X-Two": "2", "User-Agent": "test", "Cookie": "c=d; e=f",
                "Content-Type": "application/json",
                "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Port": "8080", "X-Forwarded-Proto": "http",
                "X-Amzn-Trace-Id": "Root=1-6b0a7d42-111111112222333344445555"
              },
              "multiValueHeaders": {
                "Host": ["api.localhost:8080"], "X-Two": ["1", "2"], "User-Agent": ["test"], "Cookie": ["c=d; e=f"],
                "Content-Type": ["application/json"],
                "X-Forwarded-For": ["127.0.0.1"], "X-Forwarded-Port": ["8080"], "X-Forwarded-Proto": ["http"],
                "X-Amzn-Trace-Id": ["Root=1-6b0a7d42-111111112222333344445555"]
              },
              "queryStringParameters": {"a": "2", "b": "x y!"},
              "multiValueQueryStringParameters": {"a": ["1", "2"], "b": ["x y!"]},
              "pathParameters": {"id": "a%2Bb"}, "stageVariables": null,
              "body": "{}", "isBase64Encoded": false,
              "requestContext": {
                "accountId": "000000000000", "apiId": "api", "deploymentId": "dep", "domainName": "api.localhost:8080",
                "domainPrefix": "api", "extendedRequestId": "x=", "httpMethod": "POST", "path": "/prod/pets/a%2Bb",
                "protocol": "HTTP/1.1", "requestId": "11111111-2222-3333-4444-555555555555",
                "requestTime": "28/Nov/2026:07:05:38 +0000", "requestTimeEpoch": 1795849538500, "resourceId": "res",
                "resourcePath": "/pets/{id}", "stage": "prod",
                "identity": {
                  "sourceIp": "127.0.0.1", "userAgent": "test", "accessKey": null, "accountId": null, "caller": null,
                  "cognitoAuthenticationProvider": null, "cognitoAuthenticationType": null, "cognitoIdentityId": null,
                  "cognitoIdentityPoolId": null, "principalOrgId": null, "user": null, "userArn": null
                }
              }
            }
            """#
        let event = event10(request(body: "{}", type: "application/json"))
        #expect(event.json == (try #require(JSON(parsing: Data(expected.utf8)))))
    }

    @Test("what an event of format 1.0 has not is null, and a binary body is in Base64")
    func format10Parts() {
        let plain = event10(request(query: "")).json
        #expect(plain.object?["body"] == .null && plain.object?["queryStringParameters"] == .null)
        #expect(plain["isBase64Encoded"] == .bool(false))
        var event = event10(request(body: "\u{1}", type: "image/png"))
        event.isBase64Encoded = true
        #expect(event.json["body"] == .string("AQ==") && event.json["isBase64Encoded"] == .bool(true))
        event.isOfHTTPAPI = true
        #expect(event.json["version"] == .string("1.0") && event.json["headers"]?["x-two"] == .string("2"))
    }

    @Test("an event of format 2.0 has exactly these members")
    func format20() throws {
        var event = ProxyEvent20(request(body: "{}", type: "application/json; charset=utf-8"), apiID: "api")
        event.accountID = "000000000000"
        event.routeKey = "POST /pets/{id}"
        event.pathParameters = ["id": "a+b"]
        let expected = #"""
            {
              "version": "2.0", "routeKey": "POST /pets/{id}", "rawPath": "/pets/a%2Bb",
              "rawQueryString": "a=1&a=2&b=x+y%21", "cookies": ["c=d", "e=f"],
              "headers": {
                "host": "api.localhost:8080", "x-two": "1,2", "user-agent": "test",
                "content-type": "application/json; charset=utf-8",
                "x-forwarded-for": "127.0.0.1", "x-forwarded-port": "8080", "x-forwarded-proto": "http",
                "x-amzn-trace-id": "Root=1-6b0a7d42-111111112222333344445555"
              },
              "queryStringParameters": {"a": "1,2", "b": "x y!"}, "pathParameters": {"id": "a+b"},
              "body": "{}", "isBase64Encoded": false,
              "requestContext": {
                "accountId": "000000000000", "apiId": "api", "domainName": "api.localhost:8080", "domainPrefix": "api",
                "http": {
                  "method": "POST", "path": "/pets/a%2Bb", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                  "userAgent": "test"
                },
                "requestId": "11111111-2222-3333-4444-555555555555", "routeKey": "POST /pets/{id}", "stage": "$default",
                "time": "28/Nov/2026:07:05:38 +0000", "timeEpoch": 1795849538500
              }
            }
            """#
        #expect(event.json == (try #require(JSON(parsing: Data(expected.utf8)))))
    }

    @Test("a body that is not text is in Base64 in format 2.0, and one that is empty is absent")
    func format20Body() {
        let form = ProxyEvent20(request(body: "a=b", type: "application/x-www-form-urlencoded"), apiID: "a").json
        #expect(form["body"] == .string("YT1i") && form["isBase64Encoded"] == .bool(true))
        let empty = ProxyEvent20(request(query: ""), apiID: "a").json
        #expect(empty.object?["body"] == nil && empty.object?["queryStringParameters"] == nil)
        #expect(empty["isBase64Encoded"] == .bool(false))
    }
}
