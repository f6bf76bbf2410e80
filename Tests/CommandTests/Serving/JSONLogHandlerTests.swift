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
