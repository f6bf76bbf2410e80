import AWS
import Foundation
import Testing

@testable import APIGateway

/// Answers of functions, and what is malformed.
struct ProxyAnswerTests {
    private func read10(_ text: String) throws -> ProxyAnswer { try ProxyAnswer10.read(Data(text.utf8)) }

    private func read20(_ text: String) throws -> ProxyAnswer { try ProxyAnswer20.read(Data(text.utf8)) }

    @Test(
        "answers of format 1.0",
        arguments: [
            (#"{"statusCode":200}"#, 200, ""), (#"{"headers":{"a":"b"}}"#, 200, ""),
            (#"{"statusCode":"201"}"#, 201, ""),
            (#"{"statusCode":404,"headers":null,"body":"x"}"#, 404, "x"), (#"{"statusCode":200,"body":null}"#, 200, ""),
            (#"{"statusCode":200,"body":"YQ==","isBase64Encoded":true}"#, 200, "YQ=="),
        ]
    )
    func format10(_ text: String, status: Int, body: String) throws {
        let answer = try read10(text)
        #expect(answer.status == status && String(decoding: answer.body, as: UTF8.self) == body)
        #expect(answer.header("content-type") == "application/json")
    }

    @Test("values become strings, and both maps of headers are joined")
    func headers() throws {
        let answer = try read10(
            #"{"headers":{"A":true,"b":3,"c":1.5,"Set-Cookie":"x"},"multiValueHeaders":{"set-cookie":["x","y"],"B":["4"]}}"#
        )
        let sent = answer.headers.map { "\($0.name): \($0.value)" }
        #expect(
            Set(sent) == [
                "A: true", "b: 3", "c: 1.5", "set-cookie: x", "set-cookie: y", "B: 4", "Content-Type: application/json",
            ]
        )
        #expect(sent.count == 7)
    }

    @Test(
        "malformed answers of format 1.0",
        arguments: [
            "{}", "null", #""text""#, "3", "[]", "", "{", #"{"statusCode":"test"}"#, #"{"statusCode":200,"extra":1}"#,
            #"{"multiValueHeaders":{"a":"b"}}"#, #"{"statusCode":200,"body":{}}"#, #"{"statusCode":200,"body":1}"#,
            #"{"statusCode":99}"#, #"{"statusCode":101}"#, #"{"statusCode":1e300}"#, #"{"statusCode":-1}"#,
            #"{"statusCode":200.5}"#, #"{"statusCode":[200]}"#, #"{"headers":[]}"#, #"{"headers":{"a":[1]}}"#,
            #"{"headers":{"a\r\nb":"c"}}"#, #"{"headers":{"a":"b\r\nc: d"}}"#, #"{"headers":{"":"b"}}"#,
            #"{"headers":{"a b":"c"}}"#, #"{"isBase64Encoded":"true"}"#, #"{"multiValueHeaders":{"a":[{}]}}"#,
        ]
    )
    func malformed10(_ text: String) {
        #expect(throws: ProxyAnswerProblem.self) { try read10(text) }
    }

    @Test("huge headers are malformed, and headers of the connection are dropped")
    func hugeHeaders() throws {
        let long = String(repeating: "x", count: 11_000)
        #expect(throws: ProxyAnswerProblem.self) { try read10(#"{"headers":{"a":"\#(long)"}}"#) }
        let many = (0..<50_000).map { #""h\#($0)":"""# }.joined(separator: ",")
        #expect(throws: ProxyAnswerProblem.self) { try read10("{\"headers\":{\(many)}}") }
        let list = Array(repeating: "\"\"", count: 50_000).joined(separator: ",")
        #expect(throws: ProxyAnswerProblem.self) { try read10("{\"multiValueHeaders\":{\"a\":[\(list)]}}") }
        let answer = try read10(
            #"{"headers":{"Content-Length":"7","transfer-encoding":"chunked","Connection":"close"}}"#
        )
        #expect(answer.headers.map(\.name) == ["Content-Type"])
    }

    @Test(
        "answers of format 2.0",
        arguments: [
            (#"{"statusCode":201,"body":"x"}"#, 201, "x"), (#""text""#, 200, "text"), (#"{"a":1}"#, 200, #"{"a":1}"#),
            ("[1, 2]", 200, "[1, 2]"), ("3", 200, "3"), ("null", 200, "null"),
            (#"{"statusCode":200,"body":"YQ==","isBase64Encoded":true}"#, 200, "a"),
        ]
    )
    func format20(_ text: String, status: Int, body: String) throws {
        let answer = try read20(text)
        #expect(answer.status == status && String(decoding: answer.body, as: UTF8.self) == body)
        #expect(answer.header("content-type") == "application/json")
    }

    @Test("a large document is a body as it is, and a large list of headers is malformed")
    func largeDocuments() throws {
        let list = "[" + Array(repeating: "1", count: 1_000_000).joined(separator: ",") + "]"
        #expect(try read20(list).body.count == list.utf8.count)
        #expect(try read20(#"{"a": \#(list)}"#).status == 200)
        #expect(throws: ProxyAnswerProblem.self) { try read20(#"{"statusCode": 200, "body": \#(list)}"#) }
        #expect(throws: ProxyAnswerProblem.self) { try read10(#"{"a": \#(list)}"#) }
        let body = String(repeating: "x", count: 2_000_000)
        #expect(try read10(#"{"body": "\#(body)"}"#).body.count == 2_000_000)
    }

    @Test("each cookie is a header of its own")
    func cookies() throws {
        let answer = try read20(
            #"{"statusCode":200,"cookies":["a=b","c=d; Path=/"],"headers":{"content-type":"text/html"}}"#
        )
        #expect(answer.headers.filter { $0.name == "set-cookie" }.map(\.value) == ["a=b", "c=d; Path=/"])
        #expect(answer.header("content-type") == "text/html")
    }

    @Test(
        "malformed answers of format 2.0",
        arguments: [
            "", "{", #"{"statusCode":"x"}"#, #"{"statusCode":200,"body":{}}"#, #"{"statusCode":200,"cookies":"a"}"#,
            #"{"statusCode":200,"cookies":[1]}"#, #"{"statusCode":200,"cookies":["a\nb"]}"#,
            #"{"statusCode":200,"body":"%","isBase64Encoded":true}"#,
        ]
    )
    func malformed20(_ text: String) {
        #expect(throws: ProxyAnswerProblem.self) { try read20(text) }
    }

    @Test("the note for the function's log is one bounded line that says what came back and what was expected")
    func note() {
        let problem = ProxyAnswerProblem("It is empty.")
        let payload = Data(("{\n" + String(repeating: "x", count: 5000)).utf8)
        let note = problem.note(payload: payload, expected: ProxyAnswer10.expected)
        #expect(note.utf8.count < 1400 && !note.contains("\n"))
        #expect(note.contains("It is empty.") && note.contains("statusCode") && note.contains("{ xxx"))
    }
}
