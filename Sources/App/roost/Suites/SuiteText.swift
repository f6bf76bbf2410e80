import Definitions
import Foundation

/// A proposed suite as YAML with comments, for people who go on with it.
enum SuiteText {
    static func yaml(of suggestion: SuiteSuggestion) throws -> String {
        let definition = suggestion.definition
        var lines = ["# A first test suite. Add it with: roost test apply FILE"]
        lines += suggestion.notes.map { "# \($0)" }
        lines.append("name: \(try json(suggestion.name))")
        if let model = definition.model { lines.append("model: \(try json(model))") }
        if let pipeline = definition.pipeline { lines.append("pipeline: \(try json(pipeline))") }
        if let replaces = definition.replaces { lines.append("replaces: \(try json(replaces))") }
        if let workspace = definition.workspace { lines.append("workspace: \(try json(workspace))") }
        lines += [
            "# The models of these training jobs become versions of the model, and are tested.",
            "# training_jobs: \"\(definition.replaces ?? definition.model ?? definition.pipeline ?? "")-*\"",
            "cases:",
        ]
        for each in definition.cases { lines += try self.lines(of: each) }
        return (lines + templates + [""]).joined(separator: "\n")
    }

    private static func lines(of each: SuiteCase) throws -> [String] {
        var lines = ["  - name: \(try json(each.name))", "    \(each.kind.rawValue):"]
        func member(_ name: String, _ value: some Encodable, _ comment: String? = nil) throws {
            lines.append("      \(name): \(try json(value))" + (comment.map { "  # \($0)" } ?? ""))
        }
        switch each.check {
        case .golden(let golden):
            lines.insert(
                "  # The log says that this was answered. Widen the tolerance for versions that are trained anew.",
                at: 0
            )
            try member("inputs", golden.inputs)
            try member("outputs", golden.outputs)
            try member("absolute", golden.absolute ?? GoldenCheck.defaultAbsolute)
            try member("relative", golden.relative ?? GoldenCheck.defaultRelative)
        case .latency(let latency):
            try member("budget_ms", latency.budgetMilliseconds, "three times what was measured")
            try member("percentile", latency.percentile ?? LatencyCheck.defaultPercentile)
            try member("runs", latency.runs ?? LatencyCheck.defaultRuns)
            if let inputs = latency.inputs { try member("inputs", inputs) }
        case .size(let budget): try member("budget_bytes", budget.budgetBytes, "twice the artifact")
        case .memory(let budget): try member("budget_bytes", budget.budgetBytes, "twice what was measured")
        case .quality, .behavior, .program: break
        }
        return lines
    }

    private static let templates = [
        "  # Quality on labeled data: CSV with the label first, or JSON Lines with inputs and label.",
        "  # - name: accuracy",
        "  #   quality:",
        "  #     metric: accuracy",
        "  #     data: s3://BUCKET/labeled.csv",
        "  #     minimum: 0.9",
        "  #     versus_champion: {margin: 0.01}",
        "  # What a change of an input does to the output: same, increases or decreases.",
        "  # - name: more-income",
        "  #   behavior:",
        "  #     expect: increases",
        "  #     change: {input: income, multiply: 1.1}",
        "  #     data: s3://BUCKET/labeled.csv",
        "  # A function of your own, which returns {\"passed\": true, \"message\": \"…\"}.",
        "  # - name: my-check",
        "  #   program: {function: my-check, inputs: {…}}",
    ]

    /// JSON is YAML too.
    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
