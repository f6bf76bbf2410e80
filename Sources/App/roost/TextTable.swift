import Foundation
import NativeAPI
import Words

/// A table of plain text, which can be fitted to a terminal.
struct TextTable {
    private let cells: [[String]]
    /// The columns that are aligned at their ends, and never cut.
    private let numbers: Set<Int>
    /// The columns with identifiers, whose beginnings stand for them.
    private let ids: Set<Int>

    init(_ header: [String], _ rows: [[String]], numbers: Set<Int> = [], ids: Set<Int> = []) {
        cells = ([header] + rows).map { $0.map(Self.oneLine) }
        self.numbers = numbers
        self.ids = ids
    }

    /// Returns a cell without control characters: a row is a line, and what is measured is what is shown.
    private static func oneLine(_ cell: String) -> String {
        let text = cell.split { $0.isNewline || $0 == "\t" }.joined(separator: " ")
        return String(decoding: Output.visible(Data(text.utf8)), as: UTF8.self)
    }

    // MARK: Lines

    /// Returns the lines, each column as wide as its widest cell.
    func lines() -> [String] { draw(cells, widths(cells)) }

    /// Returns lines that are at most `width` columns wide.
    ///
    /// Identifiers are shortened first, then the longest texts are cut. If that is not enough, the table is divided.
    func lines(fitting width: Int) -> [String] {
        guard total(widths(cells)) > width else { return lines() }
        let short = shortened()
        guard let widths = narrowed(widths(short), to: width) else { return divided(short, keys: 1, width) }
        return draw(short, widths)
    }

    /// Returns lines that are at most `width` columns wide, without cutting numbers or texts if possible.
    ///
    /// A table that is wider is divided into several. Each begins with the first columns.
    ///
    /// - Parameter keys: The number of columns that each part begins with.
    func lines(dividedAt width: Int, keys: Int) -> [String] {
        total(widths(cells)) > width ? divided(cells, keys: keys, width) : lines()
    }

    private func draw(_ cells: [[String]], _ widths: [Int], columns: [Int]? = nil) -> [String] {
        let columns = columns ?? Array(widths.indices)
        return cells.map { row in
            columns.map { column in
                let text = row[column].cut(to: widths[column])
                let space = String(repeating: " ", count: max(widths[column] - text.displayWidth, 0))
                if numbers.contains(column) { return space + text }
                // The last column is left ragged: nothing follows it.
                return column == columns.last ? text : text + space
            }.joined(separator: Self.gap)
        }
    }

    private func divided(_ cells: [[String]], keys: Int, _ width: Int) -> [String] {
        var widths = widths(cells)
        for key in 0..<keys { widths[key] = min(widths[key], max(width / (keys + 2), Self.smallestCell)) }
        let keyWidth = total(widths.prefix(keys)) + Self.gap.count
        var lines: [String] = []
        var rest = widths.indices.dropFirst(keys)
        while let first = rest.popFirst() {
            widths[first] = min(widths[first], max(width - keyWidth, 1))
            var part = [first]
            while let next = rest.first, keyWidth + total((part + [next]).map { widths[$0] }) <= width {
                part.append(next)
                rest.removeFirst()
            }
            if !lines.isEmpty { lines.append("") }
            lines += draw(cells, widths, columns: Array(0..<keys) + part)
        }
        return lines.map { $0.cut(to: width) }
    }

    // MARK: Widths

    private static let gap = "  "
    /// Times, states and numbers are not wider. They are only cut if nothing else is left to cut.
    private static let short = 20
    private static let smallestCell = 8

    private func total(_ widths: some Collection<Int>) -> Int {
        widths.reduce(0, +) + Self.gap.count * max(widths.count - 1, 0)
    }

    private func widths(_ cells: [[String]]) -> [Int] {
        cells[0].indices.map { column in cells.reduce(0) { max($0, $1[column].displayWidth) } }
    }

    private func shortened() -> [[String]] {
        var cells = cells
        for column in ids {
            let short = Identifiers.short(cells.dropFirst().map { $0[column] })
            for row in cells.indices.dropFirst() { cells[row][column] = short[cells[row][column]] ?? "" }
        }
        return cells
    }

    /// Returns smaller widths for the widest columns, so that the table is `width` wide; `nil` if too little would be left of a column.
    private func narrowed(_ widths: [Int], to width: Int) -> [Int]? {
        for limit in [Self.short, 0] {
            let wide = widths.indices.filter { widths[$0] > limit && !numbers.contains($0) && !ids.contains($0) }
            var result = widths
            for column in wide { result[column] = min(result[column], width) }
            // The widest columns give way until they are as narrow as the next ones.
            while total(result) > width, let widest = wide.max(by: { result[$0] < result[$1] }) {
                guard result[widest] > Self.smallestCell else { break }
                result[widest] -= 1
            }
            if total(result) <= width { return result }
        }
        return nil
    }
}

/// The lines of a table whose rows come one by one. A column becomes wider with its cells.
struct GrowingTable {
    private var widths: [Int]
    private let names: [String]
    private let terminal = Terminal(descriptor: STDOUT_FILENO)

    /// - Parameter rows: The first rows, from which the columns get their widths.
    init(_ header: [String], _ rows: [[String]]) {
        names = header
        widths = header.map(\.displayWidth)
        for row in rows { _ = line(row) }
    }

    var header: String {
        var table = self
        return table.line(names)
    }

    /// Returns a row, on a terminal cut to its width.
    mutating func line(_ cells: [String]) -> String {
        // A long name must not take the space of the last column.
        let cells = terminal.isThere ? cells.dropLast().map { $0.cut(to: 24) } + cells.suffix(1) : cells
        widths = zip(widths, cells).map { max($0, $1.displayWidth) }
        // The last column is left ragged.
        let padded = zip(widths, cells).dropLast().map { $1 + String(repeating: " ", count: $0 - $1.displayWidth) }
        let line = (padded + cells.suffix(1)).joined(separator: "  ")
        return terminal.isThere ? Output.fit(line, terminal.size.columns) : line
    }
}
