import Testing

@testable import Processes

@Suite("Line cutter")
struct LineCutterTests {
    private func lines(_ parts: [String]) -> [String] {
        var cutter = LineCutter()
        var lines: [String] = []
        for part in parts { cutter.append(Array(part.utf8)[...]) { lines.append($0) } }
        cutter.finish { lines.append($0) }
        return lines
    }

    @Test("lines are the same however the bytes are split")
    func splits() {
        let text = "one\n\ntwo\r\nthree\rfour\né"
        let expected = ["one", "", "two", "three\rfour", "é"]
        #expect(lines([text]) == expected)
        for offset in 1..<text.utf8.count {
            let bytes = Array(text.utf8)
            var cutter = LineCutter()
            var found: [String] = []
            cutter.append(bytes[..<offset]) { found.append($0) }
            cutter.append(bytes[offset...]) { found.append($0) }
            cutter.finish { found.append($0) }
            #expect(found == expected)
        }
    }

    @Test("a line break at the end does not start another line")
    func ending() {
        #expect(lines([]).isEmpty)
        #expect(lines(["one\n"]) == ["one"])
        #expect(lines(["\n"]) == [""])
    }

    @Test("a line past the limit is split")
    func limit() {
        let part = String(repeating: "x", count: LineCutter.limit / 2)
        #expect(lines([part, part, part, "\n"]) == [part + part, part])
    }

    @Test("bytes that are not UTF-8 do not lose the line")
    func invalid() {
        var cutter = LineCutter()
        var lines: [String] = []
        cutter.append([0x61, 0xFF, 0x62, 0x0A]) { lines.append($0) }
        #expect(lines == ["a\u{FFFD}b"])
    }
}
