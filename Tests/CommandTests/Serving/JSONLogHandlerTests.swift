import Foundation
import Logging
import Testing

@testable import roost

@Suite("The server's log as JSON Lines")
struct JSONLogHandlerTests {
    private func line(_ message: String, _ metadata: Logger.Metadata) -> String {
        String(decoding: JSONLogHandler.line(.error, message, metadata, at: 1_764_400_000_123), as: UTF8.self)
    }

    @Test("a message is one line, whatever it contains")
    func oneLine() throws {
        let text = line("a\n\"b\"\u{1B}", ["path": "/x\r\n{", "number": .stringConvertible(3)])
        #expect(text.filter { $0.isNewline }.count == 1)
        #expect(text.hasPrefix(#"{"time":"2025-11-29T07:06:40.123Z","level":"error","message":"a\n\"b\"\u001b","#))
        let decoded = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        #expect(decoded["path"] == "/x\r\n{")
        #expect(decoded["number"] == "3")
    }

    @Test("metadata may be nested, and cannot replace the message")
    func nested() {
        let text = line("m", ["list": ["a", .dictionary(["k": "v"])], "message": "other", "time": "never"])
        #expect(text.hasSuffix(#""message":"m","list":["a",{"k":"v"}]}"# + "\n"))
    }
}

@Suite("The server's log as text")
struct TextLogHandlerTests {
    private struct Failure: Error, CustomStringConvertible { let description = "no\nway" }

    @Test("what comes from outside begins no line, and controls no terminal")
    func visible() {
        var event = LogEvent(
            level: .info,
            message: "Job ended\n2026-11-30T17:00:00+0000 critical roost: \u{1B}[2J",
            metadata: ["ending": "x\r\n\u{9B}\u{202E}y", "list": ["a\u{0}", .dictionary(["k": "v\n"])]],
            source: nil,
            file: "",
            function: "",
            line: 1
        )
        event.error = Failure()
        let shown = TextLogHandler.visible(event)
        #expect("\(shown.message)" == #"Job ended\n2026-11-30T17:00:00+0000 critical roost: \u001b[2J"#)
        #expect(shown.metadata?["ending"] == #"x\r\n\u009b\u202ey"#)
        #expect(shown.metadata?["list"] == ["a\\u0000", .dictionary(["k": "v\\n"])])
        #expect(shown.metadata?["error"] == #"no\nway"#)
        var handler = TextLogHandler(label: "test", level: .info)
        handler[metadataKey: "job"] = "a\nb"
        #expect(handler.metadata == ["job": #"a\nb"#])
        #expect(Output.oneLine("é ✓ 1\u{202F}000") == "é ✓ 1\u{202F}000")
    }
}
