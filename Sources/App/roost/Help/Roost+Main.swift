import ArgumentParser
import Definitions
import Foundation

extension Roost {
    /// Runs the command. Unlike the parser's own `main`, it recognizes misspelled subcommands, and fits usage lines to the terminal.
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            var command = try await asyncParseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error, arguments)
        }
    }

    private static func end(with error: any Error, _ arguments: [String]) -> Never {
        var status = exitCode(for: error)
        var text = fullMessage(for: error)
        if let unknown = UnknownSubcommand(in: arguments, of: self) {
            // `roost help` ignores words that it does not know.
            let isHelp = status.isSuccess && arguments.first == "help"
            if isHelp || status == .validationFailure && unknown.isCertain(after: message(for: error)) {
                status = .validationFailure
                text =
                    "Error: \(unknown.message)\nUsage: \(usageString(for: unknown.command))\n"
                    + "  See '\(unknown.path) --help' for more information."
            }
        }
        if arguments.contains(where: { $0.hasPrefix("--generate-completion-script") }), status.isSuccess {
            text = CompletionScript.completingDefaults(text)
        }
        if !text.isEmpty {
            text = UsageLine.wrap(text, width: Terminal.helpWidth)
            // Help, completions and scripts of completion are this command's own text.
            if status.isSuccess { Output.draw(Data((text + "\n").utf8)) } else { Output.note(text) }
        }
        Foundation.exit(status.rawValue)
    }

    /// Returns a question if what does not exist is probably a misspelled subcommand: `roost report lst`.
    static func question(after error: RoostError) -> String {
        guard error.code == .notFound,
            let unknown = UnknownSubcommand(in: Array(CommandLine.arguments.dropFirst()), of: self),
            let suggestion = unknown.suggestion
        else { return "" }
        return " Did you mean '\(unknown.path) \(suggestion)'?"
    }
}

extension Terminal {
    /// The width of help texts, by the same rule as the parser's.
    fileprivate static var helpWidth: Int {
        if let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap({ Int($0) }), columns > 0 {
            return columns
        }
        let terminal = Terminal(descriptor: STDOUT_FILENO)
        return terminal.isThere ? terminal.size.columns : 80
    }
}

/// The line of a help text that lists all options. The parser does not wrap it.
enum UsageLine {
    static func wrap(_ text: String, width: Int) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.lowercased().hasPrefix("usage: ") && line.displayWidth > width ? wrap(line: line, width) : String(line)
        }.joined(separator: "\n")
    }

    private static func wrap(line: Substring, _ width: Int) -> String {
        // An option stays together with its value.
        let parts = line.matches(of: /\[[^\]]*\]|(?:--\S+ )?<[^>]*>(?: \.\.\.)?|\S+/).map(\.output)
        var lines: [String] = []
        var current = ""
        for part in parts {
            if !current.isEmpty, current.displayWidth + 1 + part.displayWidth > width {
                lines.append(current)
                current = String(repeating: " ", count: 9) + part
            } else {
                current += (current.isEmpty ? "" : " ") + part
            }
        }
        return (lines + [current]).joined(separator: "\n")
    }
}
