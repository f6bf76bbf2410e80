import ArgumentParser
import Foundation
import NativeAPI
import Testing

@testable import roost

@Suite("Functions on the command line")
struct FunctionCommandTests {
    private func event(_ second: Double, _ message: String) -> FunctionLog.Event {
        FunctionLog.Event(time: Date(timeIntervalSince1970: second), stream: "s", message: message)
    }

    @Test("a line is new once, also if another one is equal")
    func newLines() {
        var lines = NewLines()
        #expect(lines.take([event(1, "a"), event(1, "a"), event(2, "b")]).map(\.message) == ["a", "a", "b"])
        #expect(lines.take([event(1, "a"), event(1, "a"), event(2, "b")]).isEmpty)
        #expect(lines.take([event(2, "b"), event(2, "b"), event(3, "c")]).map(\.message) == ["b", "c"])
    }

    @Test("the next response goes back a little, but not behind the lines that were left out")
    func start() {
        let events = [event(98, "a"), event(100, "b")]
        #expect(NewLines.start(after: [], nil, isCut: false) == nil)
        #expect(NewLines.start(after: events, nil, isCut: false) == Date(timeIntervalSince1970: 95))
        #expect(NewLines.start(after: events, nil, isCut: true) == Date(timeIntervalSince1970: 98))
        let later = Date(timeIntervalSince1970: 99)
        #expect(NewLines.start(after: events, later, isCut: false) == later)
    }

    @Test("an error is printed as Python prints it, and as it is if it has another form")
    func errors() {
        let error = #"{"errorMessage":"'text'","errorType":"KeyError","stackTrace":["  File \"a\"\n    x\n"]}"#
        #expect(FunctionCommand.Invoke.describe(Data(error.utf8)) == "KeyError: 'text'\n  File \"a\"\n    x")
        #expect(FunctionCommand.Invoke.describe(Data("[1]".utf8)) == "[1]")
    }

    @Test("only what is given is in the definition")
    func definition() async throws {
        let parsed = try await Roost.asyncParseAsRoot([
            "function", "create", "f", "--env", "A=b", "--env", "A=c", "--concurrency", "default",
        ])
        let definition = try #require(parsed as? FunctionCommand.Create).definition()
        var expected = FunctionDefinition()
        expected.environment = ["A": "c"]
        expected.concurrency = .standard
        #expect(definition == expected)
    }
}
