import Definitions
import Foundation
import NativeAPI
import Tensors
import Words

/// An entry of the log with all that is known about it, and a form that labels it.
struct OpenedEntry: Sendable {
    struct Input: Sendable {
        var name: String
        var note: String
        var items: [NamedValues.Item]
        /// Whether places and values are short enough to stand in columns.
        var isGrid: Bool
        /// What is left out.
        var rest: String
    }

    struct Fact: Sendable {
        var name: String
        var value: String
        var factState: Status?
    }

    struct Known: Sendable {
        var value: String
        var note: String
        var since: Moment
    }

    struct Choice: Sendable {
        var value: String
        /// The key that chooses it.
        var key: String
    }

    /// The most values of an input that are shown.
    private static let valueLimit = 256

    let inputs: [Input]
    /// Why there are no inputs; empty if there are some.
    let noInputs: String
    let facts: [Fact]
    let labels: [Known]
    let isUnlabeled: Bool
    let labelAction: String
    let labelHint: String
    /// The labels that can be chosen; none if they are typed.
    let choices: [Choice]
    let isTyped: Bool
    let hasRows: Bool
    /// The page without the opened entry.
    let back: String
    /// The page with it.
    let here: String
    let labelCode: Shell.Code

    /// - Parameters:
    ///   - records: The entries of one inference, the one that is opened first.
    ///   - inputs: Those of the first entry; `nil` if the log has none.
    ///   - since: Since when the version answers; `nil` if it does not.
    ///   - signature: What the pipeline took and returned; `nil` if it is not known.
    init(
        _ records: [LogRecord],
        inputs: DocumentValue?,
        of pipeline: Pipeline,
        _ version: PipelineVersion,
        since: Date?,
        _ signature: Signature?,
        _ found: [FoundLabel],
        back: String,
        here: String
    ) {
        let record = records[0]
        self.back = back
        self.here = here
        let keys = Set(version.keys).union(record.keys.keys)
        self.inputs = Self.inputs(inputs, signature, keys: keys)
        if let size = record.omitted["original_data"] {
            noInputs = "The inputs are too large to show: \(Numbers.bytes(size)), which is more than the log keeps."
        } else {
            noInputs = self.inputs.isEmpty ? "The log has no inputs for this inference." : ""
        }
        // An earlier entry may have been answered by another version, with other checks.
        let isOwn = pipeline.deployment?.version == version.id && since.map { record.time >= $0 } ?? false
        facts = Self.facts(records, version, isOwn ? version.validations : [], signature)
        labels = found.suffix(20).map { label in
            let about = label.key.map { "by key \($0)" } ?? ""
            let row = label.row.map { "row \($0)" } ?? ""
            return Known(
                value: Values.text(label.label, limit: 200),
                note: [row, about].filter { !$0.isEmpty }.joined(separator: ", "),
                since: Moment(label.time)
            )
        }
        isUnlabeled = labels.isEmpty
        labelAction = Links.page("pipelines", pipeline.name, "log", record.id, "label")
        labelHint =
            switch version.monitoring.labels?.kind {
            case .class: "a class: a whole number, true or false, or a word"
            case .number: "a number"
            case .text: "a text"
            case nil: "a number, true or false, or a text"
            }
        isTyped = version.monitoring.labels?.isBinary != true
        choices = isTyped ? [] : ["0", "1"].enumerated().map { Choice(value: $1, key: String($0 + 1)) }
        hasRows = record.rowCount ?? 1 > 1
        labelCode = Self.code(record.id, pipeline.name)
    }

    /// - Parameter keys: The names of keys, which are sent like inputs and are text.
    private static func inputs(_ inputs: DocumentValue?, _ signature: Signature?, keys: Set<String>) -> [Input] {
        guard case .object(let members) = inputs else { return [] }
        let order = signature?.inputs.map(\.name) ?? []
        let names = members.keys.sorted { first, second in
            let places = (order.firstIndex(of: first) ?? .max, order.firstIndex(of: second) ?? .max)
            return places.0 == places.1 ? first < second : places.0 < places.1
        }
        return names.prefix(64).compactMap { name in
            guard let value = members[name] else { return nil }
            // A pipeline with one input accepts it by any name.
            let named = signature?.inputs.first { $0.name == name }
            let isKey = named == nil && keys.contains(name)
            let spec = named ?? (order.count == 1 && !isKey ? signature?.inputs[0] : nil)
            let values = NamedValues(value, columns: spec?.featureNames, limit: valueLimit)
            let rest = values.count - values.items.count
            return Input(
                name: name,
                note: isKey ? "key" : spec.map { $0.words } ?? "",
                items: values.items,
                isGrid: values.items.count > 1
                    && values.items.allSatisfy { $0.place.count <= 3 && $0.value.count <= 10 },
                rest: rest > 0
                    ? "\(Numbers.count(rest, "more value", "more values")) \(rest == 1 ? "is" : "are") in the log." : ""
            )
        }
    }

    /// - Parameter validations: Those of which it is known that the entry was checked by them.
    private static func facts(
        _ records: [LogRecord],
        _ version: PipelineVersion,
        _ validations: [Validation],
        _ signature: Signature?
    ) -> [Fact] {
        let record = records[0]
        let ran = Set(records.filter { $0.error.isEmpty }.map(\.model))
        var facts: [Fact] = []
        func add(_ name: String, _ value: String, _ state: Status? = nil) {
            if !value.isEmpty || state != nil { facts.append(Fact(name: name, value: value, factState: state)) }
        }
        if !record.error.isEmpty { add("Error", record.error, Status(.bad, "Failed")) }
        for (index, output) in record.outputs.prefix(32).enumerated() {
            let names = signature?.outputs.map(\.name) ?? []
            let name = names.count == record.outputs.count ? names[index] : "outputs[\(index)]"
            add(name, String(output.shown(limit: LogRecord.valueLimit).prefix(2000)))
        }
        if let size = record.omitted["outputs"] {
            add("Outputs", "too large to show: \(Numbers.bytes(size)), which is more than the log keeps")
        }
        for validation in validations where record.error.isEmpty {
            // Each model's entry has the failed checks of its own outputs.
            let failure = records.lazy.flatMap(\.failures).first { $0.expression == validation.expression }
            let wasChecked = version.checks(validation.expression, ran: ran)
            add(validation.name, validation.expression, Status(failure, of: record.outputs, wasChecked: wasChecked))
        }
        for failure in record.failures where !validations.contains(where: { $0.expression == failure.expression }) {
            let name = version.validations.first { $0.expression == failure.expression }?.name
            add(name ?? "Check", failure.expression, Status(.bad, failure.words))
        }
        let share = record.share.map { ", which gets \(Numbers.share($0)) of the requests" } ?? ""
        let variant = record.variant.isEmpty || record.variant == record.model ? "" : ", as \(record.variant)"
        add(
            record.role == "challenger" ? "Only compared" : "Answered by",
            "\(record.model) \(record.version.prefix(8))\(variant)\(share)"
        )
        for other in records.dropFirst().prefix(16) {
            let output = other.error.isEmpty ? other.output(limit: 8, length: 400) : other.error
            add("\(other.model), \(other.part)", String(output.prefix(400)))
        }
        add("Time", "\(Numbers.with("ms", record.milliseconds)), from the last byte of the request to the outputs")
        add("In the models", Self.stepTimes(record))
        if let rows = record.rows {
            add(
                "Rows",
                "\(Numbers.count(rows.kept.count)) of \(Numbers.count(rows.total)) \(rows.kept.count == 1 ? "is" : "are") in the log"
            )
        }
        add("ID", record.id)
        return facts
    }

    /// The time in the model of each step, and what the rest took.
    private static func stepTimes(_ record: LogRecord) -> String {
        let times = record.stepTimes.filter { $0.isFinite && $0 >= 0 }
        guard !times.isEmpty else { return "" }
        let named = times.prefix(16).enumerated().map { index, time in
            (times.count > 1 ? "step \(index + 1) " : "") + Numbers.with("ms", Numbers.measure(time / 1e6))
        }
        let rest = record.nanoseconds.map { max(0, $0 - times.reduce(0, +)) / 1e6 }
        let around = rest.map { "; all else \(Numbers.with("ms", Numbers.measure($0)))" } ?? ""
        return named.joined(separator: ", ") + around
    }

    private static func code(_ id: String, _ pipeline: String) -> Shell.Code {
        let path = "/v1/pipelines/\(ConsoleAPI.escaped(pipeline))/ground-truth"
        return Shell.Code(
            id: "label-code",
            curl: Quoted.curl("POST", path, "{\"id\": \(Quoted.json(id)), \"label\": 1}"),
            python: "client.pipelines_by_name(\(Quoted.json(pipeline)))[0].add_label(\(Quoted.json(id)), 1)",
            roost: "roost labels add \(Quoted.shell(pipeline))" + Quoted.options([("id", id)]) + " --label 1"
        )
    }
}

extension LabelSettings {
    /// Whether labels are the classes 0 and 1, which a score is compared with at a threshold.
    var isBinary: Bool { kind == .class && threshold != nil }
}
