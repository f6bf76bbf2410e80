import Definitions
import Foundation
import NativeAPI
import Words

/// The fields from which an assay is made.
struct AssayForm: Sendable {
    struct Field: Sendable {
        var name: String
        var label: String
        var hint: String
        var value: String
        var choices: [Choice]
        var isChoice: Bool
        var isRequired: Bool
        /// The ID of a list of proposals; empty if there is none.
        var list: String
        var error: String
    }

    struct Choice: Sendable {
        var value: String
        var text: String
        var isCurrent: Bool
    }

    /// The names of the fields, with what they mean.
    static let names: [(name: String, label: String, hint: String)] = [
        ("pipeline", "Pipeline", ""),
        ("metric", "Metric", "such as inputs.age, outputs[0][0], errors, accuracy"),
        ("statistic", "Statistic", ""),
        ("baseline_start", "Baseline from", "7d (ago), or a time in UTC"),
        ("baseline_end", "Baseline to", "empty for now"),
        ("window", "Window", "such as 1h or 1d"),
        ("every", "A window ends every", "empty for one after the other"),
        ("warn", "Warning from", "empty for the statistic’s own"),
        ("alert", "Alert from", "empty for the statistic’s own"),
        ("minimum", "Least number of values", "empty for \(AssayDefinition.defaultMinimum)"),
    ]

    /// The labels of the fields of the API that the form fills.
    static let labels: [(name: String, label: String)] =
        names.map { (name: $0.name, label: $0.label) } + [
            (name: "start", label: "Windows of the last"), (name: "baseline.start", label: "Baseline from"),
            (name: "baseline.end", label: "Baseline to"), (name: "baseline", label: "Baseline from"),
        ]

    private static let required = ["pipeline", "metric", "baseline_start", "window"]

    private let values: [String: String]

    init(_ request: PageRequest) {
        // A link may fill the form.
        values = Dictionary(
            uniqueKeysWithValues: Self.names.map { name, _, _ in
                let value = request.field(name).isEmpty ? request.query(name) : request.field(name)
                return (name, String(value.trimmingCharacters(in: .whitespaces).prefix(1000)))
            }
        )
    }

    func value(_ name: String) -> String { values[name] ?? "" }

    /// Returns the definition.
    ///
    /// - Throws: ``RoostError`` that names the first field that is wrong.
    func definition() throws(RoostError) -> AssayDefinition {
        for (name, label, _) in Self.names where Self.required.contains(name) && value(name).isEmpty {
            throw RoostError(.invalidInput, "\(label) is missing.", field: name)
        }
        var statistic: AssayDefinition.Statistic?
        if !value("statistic").isEmpty {
            statistic = AssayDefinition.Statistic(rawValue: value("statistic"))
            guard statistic != nil else {
                throw RoostError(.invalidInput, "There is no such statistic.", field: "statistic")
            }
        }
        let start = try GivenTime.parse(value("baseline_start"), field: "baseline_start")
        let end = try GivenTime.parse(value("baseline_end"), field: "baseline_end") ?? Date()
        guard let window = try span("window") else {
            throw RoostError(.invalidInput, "Window is missing.", field: "window")
        }
        return AssayDefinition(
            pipeline: value("pipeline"),
            metric: value("metric"),
            statistic: statistic,
            baseline: AssayDefinition.Baseline(start: start, end: end),
            window: window,
            every: try span("every"),
            warn: try number("warn"),
            alert: try number("alert"),
            minimum: try whole("minimum")
        )
    }

    private func span(_ name: String) throws(RoostError) -> TimeSpan? {
        guard !value(name).isEmpty else { return nil }
        guard let span = TimeSpan(value(name)) else {
            throw RoostError(
                .invalidInput,
                "'\(value(name).prefix(40))' is not a length of time. Expected one such as 90s, 15m, 1h, 1d or 2w.",
                field: name
            )
        }
        return span
    }

    private func number(_ name: String) throws(RoostError) -> Double? {
        guard !value(name).isEmpty else { return nil }
        guard let number = Double(value(name)), number.isFinite else {
            throw RoostError(.invalidInput, "'\(value(name).prefix(40))' is not a number.", field: name)
        }
        return number
    }

    private func whole(_ name: String) throws(RoostError) -> Int? {
        guard !value(name).isEmpty else { return nil }
        guard let number = Int(value(name)) else {
            throw RoostError(.invalidInput, "'\(value(name).prefix(40))' is not a whole number.", field: name)
        }
        return number
    }

    /// The field that an error of the API is about.
    static func field(of error: RoostError) -> String? {
        guard let field = error.field else { return nil }
        if field == "baseline.end" { return "baseline_end" }
        if field.hasPrefix("baseline") { return "baseline_start" }
        return names.contains { $0.name == field } ? field : nil
    }

    /// - Parameter pipelines: The names of all pipelines; empty if there are too many to choose from, or none.
    func fields(choosing pipelines: [String], error: RoostError?) -> [Field] {
        let wrong = error.flatMap(Self.field)
        return Self.names.map { name, label, hint in
            var field = Field(
                name: name,
                label: label,
                hint: hint,
                value: value(name),
                choices: [],
                isChoice: false,
                isRequired: Self.required.contains(name),
                list: ["metric": "metrics", "pipeline": "pipelines"][name] ?? "",
                error: wrong == name ? error?.message ?? "" : ""
            )
            if name == "pipeline", !pipelines.isEmpty {
                field.isChoice = true
                field.choices = pipelines.map { Choice(value: $0, text: $0, isCurrent: $0 == value(name)) }
            }
            if name == "statistic" {
                field.isChoice = true
                field.choices =
                    [Choice(value: "", text: "the one that fits", isCurrent: value(name).isEmpty)]
                    + AssayDefinition.Statistic.allCases.map {
                        Choice(value: $0.rawValue, text: $0.words, isCurrent: $0.rawValue == value(name))
                    }
            }
            return field
        }
    }

    /// The arguments of a command, from times as they were resolved.
    static func options(_ definition: AssayDefinition) -> String {
        Quoted.options([
            ("pipeline", definition.pipeline), ("metric", definition.metric),
            ("statistic", definition.statistic?.rawValue ?? ""),
            ("baseline-start", definition.baseline?.start.map { NativeCoding.timestamp($0) } ?? ""),
            ("baseline-end", definition.baseline?.end.map { NativeCoding.timestamp($0) } ?? ""),
            ("window", definition.window.description), ("every", definition.every?.description ?? ""),
            ("warn", definition.warn.map { "\($0)" } ?? ""), ("alert", definition.alert.map { "\($0)" } ?? ""),
        ])
    }
}
