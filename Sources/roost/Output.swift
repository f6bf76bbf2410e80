import Foundation
import NativeAPI

/// How commands print: tables for people, JSON for programs.
enum Output {
    static func json(_ value: some Encodable) throws {
        let encoder = NativeCoding.encoder
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        FileHandle.standardOutput.write(try encoder.encode(value) + [UInt8(ascii: "\n")])
    }

    /// A table whose columns are as wide as their widest cell.
    static func table(_ header: [String], _ rows: [[String]]) {
        guard !rows.isEmpty else { return print("(none)") }
        let widths = header.indices.map { column in
            ([header] + rows).reduce(0) { max($0, $1[column].count) }
        }
        for row in [header] + rows {
            let cells = zip(row, widths).enumerated().map { index, cell in
                // The last column is left ragged: nothing follows it.
                index == row.count - 1 ? cell.0 : cell.0.padding(toLength: cell.1, withPad: " ", startingAt: 0)
            }
            print(cells.joined(separator: "  "))
        }
    }

    static func time(_ date: Date) -> String {
        date.formatted(
            .iso8601.year().month().day().dateSeparator(.dash).dateTimeSeparator(.space).time(
                includingFractionalSeconds: false
            ).timeSeparator(.colon)
        )
    }

    static func size(_ bytes: Int) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0 ? "\(bytes) B" : String(format: "%.1f %@", value, units[unit])
    }
}

/// A bar on standard error, where that is a terminal.
struct ProgressBar: Sendable {
    private let label: String
    private let isTerminal = isatty(STDERR_FILENO) == 1

    init(_ label: String) { self.label = label }

    func show(_ done: Int, of total: Int) {
        guard isTerminal else { return }
        let fraction = total == 0 ? 1 : Double(done) / Double(total)
        let filled = Int(fraction * 30)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
        let text = "\r\(label) \(bar) \(Int(fraction * 100)) %  \(Output.size(done)) of \(Output.size(total)) "
        FileHandle.standardError.write(Data((text + (done >= total ? "\n" : "")).utf8))
    }
}
