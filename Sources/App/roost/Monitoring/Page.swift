import Foundation
import Words

/// Lines for the terminal, of which some are bold.
struct Page {
    struct Line: Equatable {
        var text: String
        var isBold = false
    }

    /// The width of the terminal; `nil` in a pipe or a file, where sentences have the usual width and tables are not divided.
    let terminalWidth: Int?
    private(set) var lines: [Line] = []

    init(terminalWidth: Int? = nil) { self.terminalWidth = terminalWidth }

    /// A page as wide as the terminal, within reason.
    static func forOutput() -> Page {
        let terminal = Terminal(descriptor: STDOUT_FILENO)
        return Page(terminalWidth: terminal.isThere ? min(max(terminal.size.columns, 40), 120) : nil)
    }

    func show() {
        for line in lines {
            guard line.isBold else {
                print(line.text)
                continue
            }
            Output.printStyled("1", line.text)
            print("")
        }
    }

    // MARK: Parts

    /// Adds what has been decided: the state with its shape, of whom, and why.
    mutating func verdict(_ status: Status, _ text: String, of name: String? = nil) {
        sentence("\(status.mark) \(name.map { "\($0): " } ?? "")\(status.word). \(text)", indent: 2, isBold: true)
    }

    mutating func add(_ text: String, isBold: Bool = false) { lines.append(Line(text: text, isBold: isBold)) }

    /// Begins a part of the page: an empty line, then its title.
    mutating func title(_ text: String) {
        if !lines.isEmpty { add("") }
        sentence(text, isBold: true)
    }

    /// Adds names with their values, one a line. The values begin in the same column.
    mutating func facts(_ facts: [(name: String, value: String)]) {
        let widest = facts.reduce(0) { max($0, $1.name.displayWidth) }
        for (name, value) in facts {
            let space = String(repeating: " ", count: widest - name.displayWidth + 2)
            sentence(value, first: "  " + name + space, indent: widest + 4)
        }
    }

    /// Adds a table after an empty line. One that is wider than the terminal is divided.
    ///
    /// - Parameter keys: The number of columns that each part begins with.
    mutating func table(_ header: [String], _ rows: [[String]], numbers: Set<Int> = [], keys: Int = 1) {
        add("")
        let table = TextTable(header, rows, numbers: numbers)
        for line in terminalWidth.map({ table.lines(dividedAt: $0, keys: keys) }) ?? table.lines() { add(line) }
    }

    /// Adds sentences as a list with a title, unless there are none.
    mutating func list(_ name: String, _ sentences: [String], isNumbered: Bool = false) {
        guard !sentences.isEmpty else { return }
        title(name)
        for (index, text) in sentences.enumerated() {
            let mark = isNumbered ? "\(index + 1). " : "- "
            sentence(text, first: "  " + mark, indent: 2 + mark.count)
        }
    }

    /// Adds a text that continues on further lines.
    ///
    /// - Parameters:
    ///   - first: The beginning of the first line.
    ///   - indent: The number of spaces before the further lines.
    mutating func sentence(_ text: String, first: String = "", indent: Int = 0, isBold: Bool = false) {
        let width = terminalWidth ?? 80
        var line = first
        var isEmpty = true
        // A space that does not break keeps a number with its unit.
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\t" || $0.isNewline }) {
            if !isEmpty, line.displayWidth + 1 + word.displayWidth > width {
                add(line, isBold: isBold)
                line = String(repeating: " ", count: indent)
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        add(line, isBold: isBold)
    }
}
