import Definitions
import Foundation
import Testing

@testable import NativeAPI

@Suite("Results of functions")
struct FunctionInvocationTests {
    private func result(_ document: String, failed: Bool = false) -> FunctionInvocation {
        var result = FunctionInvocation(id: "1")
        result.version = "$LATEST"
        result.failed = failed
        result.result = Data(document.utf8)
        return result
    }

    @Test(
        "a result stays as the function wrote it",
        arguments: [
            "1180591620717411303424", "0.1000000000000000055511151231257827", "[1, {\"a\":\"é\\u00e9\"} ]", "null",
        ]
    )
    func unchanged(document: String) throws {
        let json = String(decoding: result(document).json, as: UTF8.self)
        #expect(json == #"{"id":"1","version":"$LATEST","failed":false,"result":\#(document)}"#)
        #expect(try FunctionInvocation(json: Data(json.utf8)) == result(document))
    }

    @Test("what is not JSON becomes a string", arguments: ["NaN", "[1, NaN]", "", "{} {}", "\"a"])
    func string(document: String) throws {
        let read = try FunctionInvocation(json: Data(result(document, failed: true).json))
        #expect(read.failed)
        let text = try JSONDecoder().decode(String.self, from: #require(read.result))
        #expect(text == document)
    }

    @Test("an event that waits has an ID only")
    func queued() throws {
        #expect(FunctionInvocation(id: "1").json == Array(#"{"id":"1"}"#.utf8))
        #expect(try FunctionInvocation(json: Data(#"{"id":"1"}"#.utf8)) == FunctionInvocation(id: "1"))
    }

    @Test("the log keeps its lines")
    func log() throws {
        var written = result("1")
        written.log = "START\n\t\"é\"\nEND\n"
        #expect(try FunctionInvocation(json: Data(written.json)) == written)
    }

    @Test("another response is an error", arguments: ["", "[]", "<html>", #"{"id":1}"#, #"{"id":"1"}x"#])
    func other(json: String) {
        #expect(throws: RoostError.self) { try FunctionInvocation(json: Data(json.utf8)) }
    }
}

@Suite("Definitions of functions")
struct FunctionDefinitionTests {
    @Test("a concurrency that is null is not one that is absent")
    func concurrency() throws {
        for (json, expected) in [
            ("{}", nil), (#"{"concurrency":null}"#, .standard), (#"{"concurrency":3}"#, .reserved(3)),
        ] as [(String, FunctionDefinition.Concurrency?)] {
            let definition = try NativeCoding.decode(FunctionDefinition.self, from: Data(json.utf8))
            #expect(definition.concurrency == expected)
            #expect(try String(decoding: NativeCoding.encoder.encode(definition), as: UTF8.self) == json)
        }
    }

    @Test("code is Base64, and an unknown field is an error")
    func fields() throws {
        let definition = try NativeCoding.decode(FunctionDefinition.self, from: Data(#"{"code":"UEs="}"#.utf8))
        #expect(definition.code == Data("PK".utf8))
        for (json, field) in [
            (#"{"code":"%"}"#, "code"), (#"{"layers":[]}"#, "body"), (#"{"memory_mb":"1"}"#, "memory_mb"),
        ] {
            #expect { try NativeCoding.decode(FunctionDefinition.self, from: Data(json.utf8)) } throws: { error in
                (error as? RoostError)?.field == field
            }
        }
    }

    @Test("problems name the fields of this API")
    func problems() {
        let range = FunctionProblem.outOfRange(member: "memorySize", value: 1, range: 128...10240)
        #expect(
            RoostError(range)
                == RoostError(
                    .invalidInput,
                    "'memory_mb' must be between 128 and 10240, not 1.",
                    field: "memory_mb"
                )
        )
        #expect(RoostError(FunctionProblem.busy(isReserved: true)).httpStatus == 429)
        #expect(
            RoostError(FunctionProblem.unavailable(reason: "the server is stopping"))
                == RoostError(
                    .unavailable,
                    "The function cannot run: the server is stopping."
                )
        )
        #expect(RoostError(FunctionProblem.unavailable(reason: "Install it.")).message == "Install it.")
        #expect(RoostError(FunctionProblem.notFound(name: "f", qualifier: "7")).field == "version")
    }
}
