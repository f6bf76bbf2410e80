import Foundation

/// Lines for the terminal, of which some are bold.
struct Page {
    struct Line: Equatable {
        var text: String
        var isBold = false
    }

    /// The width of sentences. Tables are as wide as their cells.
    let width: Int
    private(set) var lines: [Line] = []

    init(width: Int = 100) { self.width = width }

    /// A page as wide as the terminal, within reason.
    static func forOutput() -> Page {
        let terminal = Terminal(descriptor: STDOUT_FILENO)
        return Page(width: terminal.isThere ? min(max(terminal.size.columns, 40), 120) : 100)
    }

    func show() {
        for line in lines {
            if line.isBold { Output.printBold(line.text) } else { print(line.text) }
        }
    }

    // MARK: Parts

    mutating func add(_ text: String, isBold: Bool = false) { lines.append(Line(text: text, isBold: isBold)) }

    /// Begins a part of the page: an empty line, then its title.
    mutating func title(_ text: String) {
        if !lines.isEmpty { add("") }
        add(text, isBold: true)
    }

    /// Adds names with their values, one a line. The values begin in the same column.
    mutating func facts(_ facts: [(name: String, value: String)]) {
        let widest = facts.reduce(0) { max($0, $1.name.count) }
        for (name, value) in facts {
            let space = String(repeating: " ", count: widest - name.count + 2)
            sentence(value, first: "  " + name + space, indent: widest + 4)
        }
    }

    /// Adds a table after an empty line.
    mutating func table(_ header: [String], _ rows: [[String]], numbers: Set<Int> = []) {
        add("")
        for line in Output.lines(header, rows, numbers: numbers) { add(line) }
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
    private mutating func sentence(_ text: String, first: String, indent: Int) {
        var line = first
        var isEmpty = true
        for word in text.split(separator: /\s+/) {
            if !isEmpty, line.count + 1 + word.count > width {
                add(line)
                line = String(repeating: " ", count: indent)
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        add(line)
    }
}
