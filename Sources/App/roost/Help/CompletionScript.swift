import ArgumentParser

/// The script that completes commands in a shell.
enum CompletionScript {
    /// Returns the parser's script, in which a command with subcommands also completes the argument of its default subcommand:
    /// `roost logs NAME`.
    static func completingDefaults(_ script: String) -> String {
        var script = script
        for command in Roost.configuration.subcommands {
            guard let standard = command.configuration.defaultSubcommand,
                script.contains("---completion \(command.name) \(standard.name) -- positional@0")
            else { continue }
            let function = "_roost_\(command.name)"
            // In bash, the subcommand sees the words as if it were named.
            if let start = script.firstRange(of: "\n\(function)() {\n"),
                let offer = script[start.upperBound...].firstRange(of: /\n        COMPREPLY\+=\(.*\n/)
            {
                script.insert(
                    contentsOf: "        unparsed_words=(\"${subcommand}\" \"${unparsed_words[@]}\")\n"
                        + "        \"\(function)_\(standard.name)\"\n",
                    at: offer.upperBound
                )
            }
            // In fish, each completion is a line with the words after which it is offered.
            let condition = "positional \"roost \(command.name) \(standard.name)\" -eq 1"
            let lines = script.split(separator: "\n", omittingEmptySubsequences: false)
            if let line = lines.first(where: { $0.contains(condition) }) {
                let short = line.replacing(condition, with: "positional \"roost \(command.name)\" -eq 1")
                script.append("\(short)\n")
            }
        }
        return script
    }
}
