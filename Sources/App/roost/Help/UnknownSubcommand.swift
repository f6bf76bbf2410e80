import ArgumentParser

/// A word on the command line where a subcommand could be, and is not.
///
/// The parser gives such a word to the default subcommand, and its message names an unexpected argument.
struct UnknownSubcommand {
    /// The command that has the subcommands.
    let command: any ParsableCommand.Type
    /// The names that lead to the command: `roost pipeline`.
    let path: String
    let word: String

    /// - Returns: `nil` if all words before the first option are subcommands.
    init?(in arguments: [String], of root: any ParsableCommand.Type) {
        var command = root
        var path = [root.name]
        let isHelp = arguments.first == "help"
        for word in arguments.dropFirst(isHelp ? 1 : 0) {
            let subcommands = command.configuration.subcommands
            guard !word.hasPrefix("-"), !subcommands.isEmpty else { return nil }
            guard let next = subcommands.first(where: { $0.name == word }) else {
                self.command = command
                self.path = path.joined(separator: " ")
                self.word = word
                return
            }
            command = next
            path.append(next.name)
        }
        return nil
    }

    private var names: [String] {
        command.configuration.subcommands.filter { $0.configuration.shouldDisplay }.map { $0.name }
    }

    /// The subcommand that the word resembles; `nil` if there is none.
    var suggestion: String? { Spelling.closest(to: word, among: names) }

    /// Whether the word can only be meant as a subcommand.
    ///
    /// It could also be an argument of the default subcommand, such as the pipeline of `roost logs`.
    func isCertain(after problem: String) -> Bool {
        let isRefused = problem.contains("nexpected argument") && problem.contains("'\(word)'")
        return isRefused || suggestion != nil && problem.contains("nexpected argument")
    }

    var message: String {
        let known = suggestion.map { "Did you mean '\($0)'?" } ?? "Expected one of: \(names.joined(separator: ", "))."
        return "Unknown subcommand '\(word)' of '\(path)'. \(known)"
    }
}

extension ParsableCommand {
    static var name: String { _commandName }
}
