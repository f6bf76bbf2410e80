import Definitions
import Foundation
import NativeAPI
import Tensors
import Words

/// A form that sends one request to a pipeline, made from the signature of its first step, and the answer to it.
struct TryIt: Sendable {
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
        var inference: String
        var logHref: String
    }

    /// The longest value that is shown, in characters.
    private static let valueLimit = 4000
    /// The longest body that a code line has, in bytes.
    private static let lineLimit = 4000
    /// The newest entries of the log in which inputs are looked for.
    private static let entryLimit = 20

    let action: String
    /// The page with the inputs of the newest request in the log; empty if the log does not have what was sent.
    let fillHref: String
    private(set) var fields: [TryItField]
    /// What went wrong with the request as a whole, or with filling in the form.
    private(set) var problem = ""
    private(set) var answer: Answer?
    private let pipeline: String

    /// - Parameter version: The version that answers.
    init?(
        _ pipeline: Pipeline,
        _ version: PipelineVersion,
        _ request: PageRequest,
        _ api: ConsoleAPI
    ) async {
        guard pipeline.deployment?.state == .running || pipeline.deployment?.state == .updating else { return nil }
        let signature = await api.signature(of: version, in: pipeline.workspace)
        // A function takes any object, and only what it made of it is in the log.
        let isAny = signature.inputs.isEmpty
        let form = request.request.form
        let isSent = form["token"] != nil
        self.pipeline = pipeline.name
        action = Links.page("pipelines", pipeline.name) + "#try"
        fillHref = isAny ? "" : Links.page("pipelines", pipeline.name, query: ["fill": "log"]) + "#try"
        let isFilled = !isSent && !isAny && request.query("fill") == "log"
        let logged = isFilled ? await Self.logged(pipeline.name, signature, keys: version.keys, api) : nil
        if isFilled, logged == nil { problem = "The log of \(pipeline.name) has no request with its inputs." }
        fields =
            isAny
            ? [TryItField(body: form["body"] ?? "{}")]
            : version.keys.map { TryItField(key: $0, form, logged?[$0]) }
                + signature.inputs.map { TryItField($0, form, logged?[$0.name]) }
        guard isSent else { return }
        for index in fields.indices { fields[index].check() }
        guard fields.allSatisfy(\.error.isEmpty) else { return }
        let sent = await api.infer(pipeline.name, Data(body.utf8))
        if sent.status == 200, let answer = try? NativeCoding.decoder.decode(InferenceAnswer.self, from: sent.body) {
            self.answer = Self.describe(answer, signature, version, id: sent.id, of: pipeline.name)
            return
        }
        let refusal = try? NativeCoding.decoder.decode(ErrorBody.self, from: sent.body)
        let message = refusal?.error.message ?? "The request failed with status \(sent.status)."
        if let field = refusal?.error.field, let index = fields.firstIndex(where: { $0.name == "input." + field }) {
            fields[index].error = message
        } else {
            problem = message
        }
    }

    /// What is sent: the keys that have a value, and the inputs.
    private var body: String {
        if let whole = fields.first(where: \.isBody) { return whole.value }
        let members = fields.filter { !$0.isKey || !$0.value.isEmpty }.map { "\(Quoted.json($0.label)): \($0.json)" }
        return "{\(members.joined(separator: ", "))}"
    }

    /// What sends the same; `nil` if that is no request, or too long for a line.
    var code: CodeLine? {
        let body = body
        guard body.utf8.count <= Self.lineLimit, JSONText.problem(in: body) == nil else { return nil }
        return CodeLine(
            curl: Quoted.curl("POST", "/v1/pipelines/\(ConsoleAPI.escaped(pipeline))/infer", body),
            python: "client.pipelines_by_name(\(Quoted.json(pipeline)))[0].infer(\(Quoted.python(body)))",
            roost: "roost infer" + Quoted.operands(pipeline, body)
        )
    }

    /// Returns the inputs and the keys of the newest request whose inputs the log has.
    private static func logged(
        _ pipeline: String,
        _ signature: Signature,
        keys: [String],
        _ api: ConsoleAPI
    ) async -> [String: DocumentValue]? {
        let path = "/v1/pipelines/\(ConsoleAPI.escaped(pipeline))/logs/export"
        let query = ["limit": String(entryLimit)]
        let lines = (try? await api.lines(path, query, after: 0, limit: entryLimit).lines) ?? []
        for line in lines {
            guard case .object(var members)? = LogRecord.inputs(in: line) else { continue }
            // A pipeline with one input accepts it by any name.
            if signature.inputs.count == 1, members[signature.inputs[0].name] == nil,
                let other = members.first(where: { !keys.contains($0.key) })
            {
                members[signature.inputs[0].name] = other.value
            }
            if signature.inputs.allSatisfy({ members[$0.name] != nil }) { return members }
        }
        return nil
    }

    private static func describe(
        _ answer: InferenceAnswer,
        _ signature: Signature,
        _ version: PipelineVersion,
        id: String,
        of pipeline: String
    ) -> Answer {
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
            },
            inference: LogRecord.short(id),
            logHref: id.isEmpty ? "" : Links.page("pipelines", pipeline, "log", query: ["open": id]) + "#opened"
        )
    }
}
