import Definitions
import Foundation
import Functions
import Testing

/// What every API checks, also those without AWS's model.
struct ConfigurationRulesTests {
    private func problem(_ change: (inout FunctionChange) -> Void) async throws -> FunctionProblem? {
        var definition = FunctionChange()
        definition.code = .source("def handler(event, context): return event")
        change(&definition)
        var found: FunctionProblem?
        try await LambdaAPI.run { [definition] api in
            do {
                _ = try await api.functions.put("f", definition)
            } catch let error as FunctionProblem {
                found = error
            }
        }
        return found
    }

    @Test(
        "an environment variable has a name that AWS accepts",
        arguments: ["", "A", "1A", "_A", "A=B", "A B", "A-B", "Ä1", "A\0", "AÀ", "A\n"]
    )
    func names(name: String) async throws {
        #expect(try await problem { $0.environment = [name: "x", "OTHER": "y"] } == .invalidVariableNames([name]))
    }

    @Test("no value has a zero byte, with which no process starts")
    func values() async throws {
        let variables = ["FINE": "a b\n=ü", "A1_": "", "ZERO": "a\0b"]
        #expect(try await problem { $0.environment = variables } == .invalidVariableValues(["ZERO"]))
        #expect(try await problem { $0.environment = variables.filter { $0.key != "ZERO" } } == nil)
    }

    @Test(
        "the handler of a Python has 1 to 128 characters without white space",
        arguments: [
            ("app.handler", true), ("app/é.handler", true), (String(repeating: "h", count: 128), true), ("", false),
            (String(repeating: "h", count: 129), false), ("app. handler", false), ("app.handler\n", false),
            ("app\0.handler", false), ("app\u{7F}.handler", false), ("app\u{A0}.handler", false),
        ]
    )
    func handlers(handler: String, isTaken: Bool) async throws {
        #expect(try await problem { $0.handler = handler } == (isTaken ? nil : .invalidHandler(handler)))
    }

    @Test("a program of its own needs no handler, and gets none that its environment cannot have")
    func programs() async throws {
        #expect(try await problem { ($0.runtime, $0.handler) = ("provided.al2023", "") } == nil)
        #expect(try await problem { ($0.runtime, $0.handler) = ("provided.al2023", "any thing") } == nil)
        #expect(
            try await problem { ($0.runtime, $0.handler) = ("provided.al2023", "a\0b") } == .invalidHandler("a\0b")
        )
    }

    @Test(
        "the number of a runtime is written in one way",
        arguments: ["python3.+9", "python3.09", "python3.", "python3.9 "]
    )
    func runtimes(name: String) async throws {
        #expect(try await problem { $0.runtime = name } == .unknownRuntime(name))
    }

    /// Zip archives with two files `a`, and with the files `a` and `a/b`.
    private static let twice =
        "UEsDBBQAAAAAAAAAIQCDFtyMAQAAAAEAAAABAAAAYXhQSwMEFAAAAAAAAAAhAIMW3IwBAAAAAQAAAAEAAABheFBLAQIUAxQAAAAA"
        + "AAAAIQCDFtyMAQAAAAEAAAABAAAAAAAAAAAAAACAAQAAAABhUEsBAhQDFAAAAAAAAAAhAIMW3IwBAAAAAQAAAAEAAAAAAAAAAAAA"
        + "AIABIAAAAGFQSwUGAAAAAAIAAgBeAAAAQAAAAAAA"
    private static let both =
        "UEsDBBQAAAAAAAAAIQCDFtyMAQAAAAEAAAABAAAAYXhQSwMEFAAAAAAAAAAhAIMW3IwBAAAAAQAAAAMAAABhL2J4UEsBAhQDFAAA"
        + "AAAAAAAhAIMW3IwBAAAAAQAAAAEAAAAAAAAAAAAAAIABAAAAAGFQSwECFAMUAAAAAAAAACEAgxbcjAEAAAABAAAAAwAAAAAAAAAA"
        + "AAAAgAEgAAAAYS9iUEsFBgAAAAACAAIAYAAAAEIAAAAAAA=="

    @Test("an archive that cannot be unpacked is refused when it is uploaded")
    func archives() async throws {
        let archives = [
            (Self.twice, "The archive contains 'a' twice."),
            (Self.both, "The archive contains 'a' both as a file and as a folder."),
        ]
        for (archive, reason) in archives {
            let code = try #require(Data(base64Encoded: archive))
            #expect(try await problem { $0.code = .zip(code) } == .notAnArchive(reason: reason))
        }
    }
}
