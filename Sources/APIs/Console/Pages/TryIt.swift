import Definitions
import Foundation
import NativeAPI
import Tensors
import Words

/// A form that sends one request to a pipeline, made from the signature of its first model, and the answer to it.
struct TryIt: Sendable {
    struct Field: Sendable {
        var id: String
        var name: String
        var label: String
        var hint: String
        var value: String
        var isKey: Bool
        var error: String
    }

    struct Row: Sendable {
        var name: String
        var value: String
        var state: Status?
    }

    struct Answer: Sendable {
        var model: String
        var version: String
        var duration: String
        var outputs: [Row]
        var checks: [Row]
    }

    /// The longest value that is shown, in characters.
    private static let valueLimit = 4000

    let action: String
    let fields: [Field]
    /// What went wrong with the request as a whole.
    let problem: String
    let answer: Answer?

    /// - Parameters:
    ///   - version: The version that answers.
    ///   - signature: That of the model which gets the request.
    ///   - form: What was sent; empty before the first try.
    init?(
        _ pipeline: Pipeline,
        _ version: PipelineVersion,
        _ signature: Signature,
        _ form: [String: String],
        _ api: ConsoleAPI
    ) async {
        guard pipeline.deployment?.state == .running || pipeline.deployment?.state == .updating else { return nil }
        action = Links.page("pipelines", pipeline.name) + "#try"
        var fields = version.keys.map { key in
            Field(
                id: "key-" + key,
                name: "key." + key,
                label: key,
                hint: "key",
                value: form["key." + key] ?? "",
                isKey: true,
                error: ""
            )
        }
        fields += signature.inputs.map { spec in
            Field(
                id: "input-" + spec.name,
                name: "input." + spec.name,
                label: spec.name,
                hint: spec.words,
                value: form["input." + spec.name] ?? Self.example(spec),
                isKey: false,
                error: ""
            )
        }
        guard form["token"] != nil else {
            (self.fields, problem, answer) = (fields, "", nil)
            return
        }
        var members: [String] = []
        for index in fields.indices {
            let field = fields[index]
            let name = field.label
            if field.isKey {
                if !field.value.isEmpty { members.append("\(Quoted.json(name)):\(Quoted.json(field.value))") }
            } else if let problem = JSONText.problem(in: field.value) {
                let spec = signature.inputs.first { $0.name == name }
                fields[index].error =
                    "\(problem). Expected an array" + (spec.map { " such as \(Self.example($0))" } ?? "") + "."
            } else {
                members.append("\(Quoted.json(name)):\(field.value)")
            }
        }
        guard !fields.contains(where: { !$0.error.isEmpty }) else {
            (self.fields, problem, answer) = (fields, "", nil)
            return
        }
        let body = Data("{\(members.joined(separator: ","))}".utf8)
        let (status, response) = await api.infer(pipeline.name, body)
        if status == 200, let answer = try? NativeCoding.decoder.decode(InferenceAnswer.self, from: response) {
            self.answer = Self.describe(answer, signature, version)
            (self.fields, problem) = (fields, "")
            return
        }
        let refusal = try? NativeCoding.decoder.decode(ErrorBody.self, from: response)
        let message = refusal?.error.message ?? "The request failed with status \(status)."
        if let field = refusal?.error.field, let index = fields.firstIndex(where: { $0.name == "input." + field }) {
            fields[index].error = message
            (self.fields, problem, answer) = (fields, "", nil)
        } else {
            (self.fields, problem, answer) = (fields, message, nil)
        }
    }

    private static func describe(_ answer: InferenceAnswer, _ signature: Signature, _ version: PipelineVersion)
        -> Answer
    {
        let names = signature.outputs.map(\.name)
        func rows(_ outputs: [OutputValues], _ prefix: String) -> [Row] {
            outputs.enumerated().map { index, values in
                let name = names.count == outputs.count ? names[index] : "outputs[\(index)]"
                return Row(name: prefix + name, value: String(values.shown(limit: 32).prefix(valueLimit)), state: nil)
            }
        }
        return Answer(
            model: answer.model,
            version: String(answer.version.prefix(8)),
            duration: Numbers.with("ms", Numbers.measure(answer.elapsedNanoseconds / 1e6)),
            outputs: rows(answer.outputs, "")
                + answer.challengers.sorted { $0.key < $1.key }.flatMap { rows($0.value, "\($0.key): ") },
            checks: version.validations.map { validation in
                let failed = answer.failures.first { $0.expression == validation.expression }
                // The answer has no checks of challengers. Their entries in the log have.
                let wasChecked = version.checks(validation.expression, ran: [answer.model])
                let state = Status(failed, of: answer.outputs, wasChecked: wasChecked)
                return Row(name: validation.name, value: validation.expression, state: state)
            }
        )
    }

    /// One row of zeros, or the shape that is expected where it is too large to be typed.
    private static func example(_ spec: TensorSpec) -> String {
        let shape = spec.shape.map { $0 < 0 ? 1 : $0 }
        let value = spec.dataType == .bytes ? "\"\"" : spec.dataType == .bool ? "false" : "0"
        guard shape.allSatisfy({ $0 <= 64 }), shape.count <= 3, shape.reduce(1, { $0 * min($1, 64) }) <= 64 else {
            return "[]"
        }
        return shape.reversed().reduce(value) { inner, count in
            "[" + Array(repeating: inner, count: count).joined(separator: ", ") + "]"
        }
    }
}
