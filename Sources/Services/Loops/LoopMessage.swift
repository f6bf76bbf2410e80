import Definitions

/// The message of a step `tell`: a text with placeholders.
struct LoopMessage {
    /// The longest message, in characters.
    private static let limit = 1000
    private static let names = ["loop", "pipeline", "run", "cause", "version", "job", "release", "rows"]

    private enum Part {
        case text(Substring)
        case value(String)
    }

    private let parts: [Part]

    /// - Throws: ``RoostError`` if the text has an unknown placeholder.
    init(_ text: String) throws(RoostError) {
        guard (1...Self.limit).contains(text.count) else {
            throw RoostError(.invalidInput, "A message must have 1 to \(Self.limit) characters.")
        }
        var parts: [Part] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "{{") {
            parts.append(.text(rest[..<start.lowerBound]))
            rest = rest[start.upperBound...]
            guard let end = rest.firstRange(of: "}}") else {
                throw RoostError(.invalidInput, "A placeholder of the message has no end: '{{' without '}}'.")
            }
            let name = rest[..<end.lowerBound].filter { $0 != " " }
            guard Self.names.contains(name) else {
                throw RoostError(
                    .invalidInput,
                    "Unknown placeholder '\(name.prefix(40))'. Expected one of: \(Self.names.joined(separator: ", "))."
                )
            }
            parts.append(.value(name))
            rest = rest[end.upperBound...]
        }
        self.parts = parts + [.text(rest)]
    }

    /// Returns the message about a run. What the run does not have is `-`.
    func text(about run: LoopRun) -> String {
        parts.map { part in
            switch part {
            case .text(let text): String(text)
            case .value(let name): Self.value(name, run) ?? "-"
            }
        }.joined()
    }

    private static func value(_ name: String, _ run: LoopRun) -> String? {
        switch name {
        case "loop": run.loop
        case "pipeline": run.pipeline
        case "run": String(run.id.prefix(8))
        case "cause": run.cause.message
        case "version": run[.train]?.links.version
        case "job": run[.train]?.links.job
        case "release": run[.release]?.links.release
        case "rows": run[.build]?.links.data.map { "\($0.train.rows)" }
        default: nil
        }
    }
}
