import AWS
import Foundation
import Testing

@testable import APIGateway

/// Templates, mappings, integrations, limits and media types of REST APIs.
struct RESTRulesTests {
    private func refusal(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return (error as? AWSError)?.message
        }
    }

    @Test("constant templates and those that pass the body on are supported")
    func templates() throws {
        #expect(try RESTTemplate(#"{"statusCode": 200}"#, in: "t") == .constant(#"{"statusCode": 200}"#))
        #expect(try RESTTemplate(##"{"price": "$5", "color": "#fff"}"##, in: "t") != .body)
        for text in ["", " ", "$input.body", "$input.json('$')", #"$input.json("$")"#] {
            #expect(try RESTTemplate(text, in: "t") == .body)
        }
    }

    @Test(
        "programs in Velocity are refused in clear words",
        arguments: [
            "#set($a = 1)", "$input.path('$.a')", "${x}", "$!x", "#{if}(true)", "## comment", "#* c *#",
            "#foreach($x in $y)",
        ]
    )
    func velocity(_ text: String) {
        #expect(
            refusal { _ = try RESTTemplate(text, in: "requestTemplates.application/json") }?.contains("Velocity")
                == true
        )
    }

    private func integration(_ type: String, method: String? = "POST", uri: String?) -> RESTIntegration {
        var integration = RESTIntegration(type: type, cacheNamespace: "r")
        integration.httpMethod = method
        integration.uri = uri
        return integration
    }

    @Test("integrations that AWS refuses, in its words")
    func integrations() throws {
        let function = "arn:aws:lambda:us-east-1:000000000000:function:f"
        let path = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\(function)/invocations"
        try integration("AWS_PROXY", uri: path).check()
        #expect(
            refusal { try integration("AWS_PROXY", uri: function).check() }
                == "AWS ARN for integration must contain path or action"
        )
        #expect(refusal { try integration("AWS_PROXY", uri: "f").check() } == "Invalid ARN specified in the request")
        #expect(
            refusal {
                try integration("AWS_PROXY", uri: "arn:aws:apigateway:us-east-1:s3:path/bucket").check()
            }
                == "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream "
                + "invocations."
        )
        #expect(
            refusal { try integration("AWS_PROXY", method: nil, uri: path).check() }
                == "Enumeration value for HttpMethod must be non-empty"
        )
        #expect(
            refusal { try integration("HTTP_PROXY", method: "FETCH", uri: "http://h/").check() }
                == "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"
        )
        #expect(
            refusal { try integration("HTTP", uri: "ftp://h").check() } == "Invalid HTTP endpoint specified for URI"
        )
        var late = integration("MOCK", uri: nil)
        late.timeoutInMillis = 29_001
        #expect(refusal { try late.check() } == "Timeout should be between 50 ms and 29000 ms")
    }

    @Test("the function of an integration, with stage variables")
    func functions() {
        let uri =
            "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
            + "arn:aws:lambda:us-east-1:0:function:${stageVariables.fn}/invocations"
        #expect(
            LambdaReference.function(LambdaReference.substitute(uri, ["fn": "f:prod"]))
                == "arn:aws:lambda:us-east-1:0:function:f:prod"
        )
        #expect(LambdaReference.function("arn:aws:lambda:us-east-1:0:function:f") == nil)
        #expect(LambdaReference.function("") == nil)
    }

    @Test("sources and destinations of mapped parameters")
    func mappings() {
        #expect(MappingSource("'*'") == .constant("*") && MappingSource("''") == .constant(""))
        #expect(MappingSource("integration.response.header.Date") == .responseHeader("Date"))
        #expect(MappingSource("method.request.path.id") == .requestPath("id"))
        #expect(
            MappingSource("integration.response.body.a.b") == nil && MappingSource("*") == nil
                && MappingSource("'") == nil
        )
        #expect(MappingDestination("integration.request.path.proxy") == .path("proxy"))
        #expect(MappingDestination("integration.request.body") == nil)
        #expect(RESTMapping.responseHeader("method.response.header.A-B") == "A-B")
    }

    @Test("the integration response is chosen by its pattern, which must match all of the text")
    func selection() {
        func response(_ status: String, _ pattern: String?) -> RESTIntegrationResponse {
            RESTIntegrationResponse(statusCode: status, selectionPattern: pattern)
        }
        let responses = ["200": response("200", nil), "400": response("400", "bad.*"), "404": response("404", "")]
        #expect(ResponseSelection.choose(responses, nil)?.statusCode == "200")
        #expect(ResponseSelection.choose(responses, "bad input\nhere")?.statusCode == "400")
        #expect(ResponseSelection.choose(responses, "not bad")?.statusCode == "200")
        #expect(ResponseSelection.choose(responses, "404")?.statusCode == "404")
        #expect(ResponseSelection.choose(["400": response("400", "bad")], nil) == nil)
        #expect(ResponseSelection.choose(nil, "200") == nil)
    }

    @Test("a bucket holds a burst and fills at its rate")
    func buckets() throws {
        let limits = RateLimits()
        let rate = try #require(RateLimits.Rate(perSecond: 2, burst: 3))
        #expect((0..<4).map { _ in limits.take("a", rate, at: 10) } == [true, true, true, false])
        #expect(limits.take("b", rate, at: 10))
        #expect(
            !limits.take("a", rate, at: 10.4) && limits.take("a", rate, at: 10.5) && !limits.take("a", rate, at: 10.5)
        )
        #expect(RateLimits.Rate(perSecond: nil, burst: nil) == nil && RateLimits.Rate(perSecond: -1, burst: -1) == nil)
        let closed = try #require(RateLimits.Rate(perSecond: 0, burst: 0))
        #expect(!limits.take("c", closed, at: 10))
    }

    @Test("a quota begins anew with its period")
    func quotas() {
        let limits = RateLimits()
        let day = Date(timeIntervalSince1970: 1_795_849_538)
        #expect((0..<3).map { _ in limits.count("k", limit: 2, period: "DAY", at: day) } == [true, true, false])
        #expect(limits.count("k", limit: 2, period: "DAY", at: day.addingTimeInterval(86_400)))
        #expect(RateLimits.number(of: "DAY", at: day) == 20_261_128)
        #expect(RateLimits.number(of: "WEEK", at: day) == 202_648)
        #expect(RateLimits.number(of: "MONTH", at: day) == 202_611)
    }

    @Test("media types that are binary")
    func mediaTypes() {
        let types = MediaTypes(["image/png", "audio/*"])
        #expect(types.contain("image/png") && types.contain("Image/PNG; q=1, text/html") && types.contain("audio/ogg"))
        #expect(!types.contain("text/html, image/png") && !types.contain(nil) && !types.contain(""))
        #expect(MediaTypes(["*/*"]).contain(nil) && !MediaTypes([]).contain("image/png"))
    }

    @Test("the texts of errors are AWS's, with their blanks")
    func faults() {
        func text(_ fault: GatewayFault) -> String { String(decoding: fault.restResponse.body, as: UTF8.self) }
        #expect(text(.noRoute) == #"{"message":"Missing Authentication Token"}"#)
        #expect(text(.badAnswer) == #"{"message": "Internal server error"}"#)
        #expect(GatewayFault.badAnswer.restResponse.status == 502 && GatewayFault.failed.restResponse.status == 500)
        #expect(GatewayFault.noRoute.restResponse.header("x-amzn-errortype") == "MissingAuthenticationTokenException")
        #expect(
            String(decoding: GatewayFault.failed.httpResponse.body, as: UTF8.self)
                == #"{"message":"Internal Server Error"}"#
        )
    }
}
