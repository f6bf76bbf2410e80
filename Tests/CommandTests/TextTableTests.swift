import Testing

@testable import roost

@Suite("Tables")
struct TextTableTests {
    @Test("columns are as wide as their widest cell, and the last is ragged")
    func table() {
        #expect(
            TextTable(["NAME", "STATE"], [["a", "running"], ["fraud-model", "-"]]).lines() == [
                "NAME         STATE", "a            running", "fraud-model  -",
            ]
        )
        #expect(TextTable(["NAME"], []).lines() == ["NAME"])
    }

    @Test("numbers end in the same column")
    func numbers() {
        #expect(
            TextTable(["ARM", "UNITS", "P"], [["a", "7", "0.5"], ["b", "12345", "1"]], numbers: [1, 2]).lines() == [
                "ARM  UNITS    P", "a        7  0.5", "b    12345    1",
            ]
        )
    }

    @Test("a cell is measured in columns of the terminal")
    func characters() {
        #expect(
            TextTable(["NAME", "X"], [["🙂🙂🙂🙂🙂", "1"], ["e\u{301}té", "2"]]).lines() == [
                "NAME        X", "🙂🙂🙂🙂🙂  1", "e\u{301}té         2",
            ]
        )
    }

    @Test(
        "characters are as wide as a terminal shows them",
        arguments: [("abc", 3), ("日本語", 6), ("e\u{301}", 1), ("👩‍👩‍👧", 2), ("🇩🇪", 2), ("❤️", 2), ("한글ｱ", 5), ("", 0)]
    )
    func displayWidth(text: String, width: Int) { #expect(text.displayWidth == width) }

    @Test("a row is one line without control characters")
    func oneLine() {
        #expect(TextTable(["A", "B"], [["x\ny\tz", "\u{1B}[2J"]]).lines() == ["A      B", #"x y z  \u001b[2J"#])
    }

    @Test("the longest texts are cut, and times and numbers stay")
    func cut() {
        let name = String(repeating: "n", count: 60)
        let table = TextTable(["NAME", "CREATED", "STEPS"], [[name, "2026-11-29 04:00:00", name], ["a", "-", "b"]])
        let lines = table.lines(fitting: 79)
        #expect(lines.map(\.displayWidth).max() == 79)
        #expect(lines[1] == "\(name.prefix(27))…  2026-11-29 04:00:00  \(name.prefix(27))…")
        #expect(lines[2] == "a" + String(repeating: " ", count: 29) + "-" + String(repeating: " ", count: 20) + "b")
        #expect(table.lines()[1] == "\(name)  2026-11-29 04:00:00  \(name)")
    }

    @Test("identifiers are shortened before texts are cut, as far as they differ")
    func identifiers() {
        let ids = ["5529a02e-4be3-4fdf-93a8-66e666232ea3", "5529a02e-5be3-4fdf-93a8-66e666232ea3"]
        let table = TextTable(["VERSION", "TAGS"], ids.map { [$0, "a tag of thirty-one characters."] }, ids: [0])
        #expect(
            table.lines(fitting: 50) == [
                "VERSION     TAGS", "5529a02e-4  a tag of thirty-one characters.",
                "5529a02e-5  a tag of thirty-one characters.",
            ]
        )
        #expect(table.lines(fitting: 69).first?.hasPrefix("VERSION                               TAGS") == true)
    }

    @Test("a table that cannot be narrowed is divided, and each part begins with the first column")
    func divided() {
        let row = (1...7).map { "value \($0)" }
        let lines = TextTable((1...7).map { "C\($0)" }, [row]).lines(fitting: 30)
        #expect(
            lines == [
                "C1       C2       C3", "value 1  value 2  value 3", "", "C1       C4       C5",
                "value 1  value 4  value 5", "", "C1       C6       C7", "value 1  value 6  value 7",
            ]
        )
    }

    @Test("a table fits the narrowest terminal", arguments: [1, 2, 5, 10, 20])
    func narrow(width: Int) {
        let lines = TextTable(["名前", "B", "C"], [["日本語のモデル", "two", "three"]]).lines(fitting: width)
        #expect(lines.allSatisfy { $0.displayWidth <= width })
    }
}
