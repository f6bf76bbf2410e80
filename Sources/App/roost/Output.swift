import Files
import Foundation
import NativeAPI

/// Prints a line. Swift's own `print` ignores write errors.
func print(_ text: String, terminator: String = "\n") { Output.write(Data((text + terminator).utf8)) }

/// Prints tables for people, and JSON for programs.
enum Output {
    static func json(_ value: some Encodable) throws {
        let encoder = NativeCoding.encoder
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        write(try encoder.encode(value) + [UInt8(ascii: "\n")])
    }

    /// Writes to standard output. If that fails, the command ends, without a message if the reader has gone away.
    static func write(_ bytes: Data) { draw(visible(bytes)) }

    /// Writes bytes that are not for people to standard output, as they are.
    static func writeRaw(_ bytes: Data) { draw(bytes) }

    /// Writes control sequences of this command to standard output.
    static func draw(_ bytes: Data) {
        guard let code = put(bytes, STDOUT_FILENO) else { return }
        if code == EPIPE { end(bySignal: SIGPIPE) }
        note("Error: Cannot write to standard output: \(String(cString: strerror(code))).")
        exit(EXIT_FAILURE)
    }

    /// Writes a message for people to standard error, and ignores errors.
    static func note(_ text: String, terminator: String = "\n") {
        _ = put(visible(Data((text + terminator).utf8)), STDERR_FILENO)
    }

    /// Writes control sequences of this command to standard error.
    static func drawNote(_ text: String) { _ = put(Data(text.utf8), STDERR_FILENO) }

    /// Returns text without control sequences, because the output of jobs and servers is not trusted with a terminal.
    ///
    /// Line ends and tabs stay. A carriage return, which would let a line be overwritten, becomes a line end. Other control
    /// characters, and those that change the direction of text, become JSON escapes such as `\u001b`.
    static func visible(_ bytes: Data) -> Data {
        guard bytes.contains(where: { $0 < 0x20 && $0 != 0x0A && $0 != 0x09 || $0 >= 0x7F }) else { return bytes }
        var text = ""
        var last: Unicode.Scalar = " "
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\t": text.unicodeScalars.append(scalar)
            case "\n": if last != "\r" { text += "\n" }
            case "\r": text += "\n"
            case _ where scalar.isInvisible: text += scalar.jsonEscape
            default: text.unicodeScalars.append(scalar)
            }
            last = scalar
        }
        return Data(text.utf8)
    }

    /// Returns text as a part of one line, without control sequences.
    static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: \.isInvisible) else { return text }
        return text.unicodeScalars.reduce(into: "") { line, scalar in
            switch scalar {
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case _ where scalar.isInvisible: line += scalar.jsonEscape
            default: line.unicodeScalars.append(scalar)
            }
        }
    }

    /// - Returns: The error number if not everything could be written.
    private static func put(_ bytes: Data, _ descriptor: Int32) -> Int32? {
        bytes.withUnsafeBytes { Files.append($0, to: descriptor) ? nil : errno }
    }

    /// Ends the process as the default action of a signal does.
    static func end(bySignal number: Int32) -> Never {
        signal(number, SIG_DFL)
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, number)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        raise(number)
        exit(128 + number)
    }

    /// Prints a table, on a terminal as wide as the terminal at most.
    ///
    /// In a pipe or a file nothing is shortened, so that programs find all of it.
    ///
    /// - Parameter ids: The columns with identifiers. A command that takes one must also take the beginning of it.
    static func table(_ header: [String], _ rows: [[String]], ids: Set<Int> = []) {
        guard !rows.isEmpty else { return print("(none)") }
        let table = TextTable(header, rows, ids: ids)
        let terminal = Terminal(descriptor: STDOUT_FILENO)
        print((terminal.isThere ? table.lines(fitting: terminal.size.columns) : table.lines()).joined(separator: "\n"))
    }

    /// Prints text in a style, such as `1` for bold type or `31` for red, if standard output is a terminal.
    static func printStyled(_ style: String, _ text: String) {
        guard Terminal(descriptor: STDOUT_FILENO).isThere else { return print(text, terminator: "") }
        draw(Data("\u{1B}[\(style)m".utf8))
        print(text, terminator: "")
        draw(Data("\u{1B}[0m".utf8))
    }

    /// Returns the line cut to `width`, without control characters.
    static func fit(_ line: String, _ width: Int) -> String {
        let line = String(
            line.map { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } ? "?" : $0 }
        )
        return line.cut(to: width)
    }

    /// Returns a number with its noun: `1 file`, `2 files`.
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// Returns the beginning of an identifier, which stands for it where a version is taken.
    static func short(_ id: String) -> String { String(id.prefix(8)) }

    static func time(_ date: Date) -> String {
        date.formatted(
            .iso8601.year().month().day().dateSeparator(.dash).dateTimeSeparator(.space).time(
                includingFractionalSeconds: false
            ).timeSeparator(.colon)
        )
    }

    static func duration(nanoseconds: Double) -> String {
        switch nanoseconds {
        case ..<1e6: String(format: "%.0f µs", nanoseconds / 1e3)
        case ..<1e9: String(format: "%.1f ms", nanoseconds / 1e6)
        default: String(format: "%.1f s", nanoseconds / 1e9)
        }
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

extension Unicode.Scalar {
    /// Whether it controls a terminal, or changes the direction of text.
    fileprivate var isInvisible: Bool {
        switch self {
        case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": true
        default: properties.generalCategory == .control
        }
    }

    /// Such as `\u001b`.
    fileprivate var jsonEscape: String {
        let digits = String(value, radix: 16)
        return "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
