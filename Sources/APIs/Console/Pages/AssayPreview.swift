import Definitions
import Foundation
import NativeAPI
import Words

/// What an assay would have said, before it is added.
extension DriftPages {
    private static let spans: [(value: String, text: String)] = [
        ("1h", "hour"), ("6h", "6 hours"), ("1d", "day"), ("7d", "7 days"), ("28d", "28 days"),
    ]
    /// The most windows that are shown of a preview.
    private static let previewLimit = 100
    /// The most pipelines among which one can be chosen.
    private static let pipelineLimit = 100

    private struct PreviewView: Sendable {
        var fields: [AssayForm.Field]
        var spans: [AssayForm.Choice]
        var metrics: [String]
        /// The names that are proposed for a pipeline.
        var pipelines: [String]
        var problem: String
        var found: Found?
    }

    private struct Found: Sendable {
        var sentence: String
        var isEmpty: Bool
        var windows: [Row]
        var note: String
        /// The fields of the form that adds it.
        var hidden: [Hidden]
        var assayName: String
    }

    private struct Row: Sendable {
        var title: String
        var level: Status
        var score: String
        var noise: String
        var values: String
        var reason: String
    }

    private struct Hidden: Sendable {
        var name: String
        var value: String
    }

    func preview(_ request: PageRequest) async throws -> PageContent {
        let form = AssayForm(request)
        let isSent = request.request.method == .post
        let limit = ["limit": String(Self.pipelineLimit)]
        let list = try await api.get("/v1/pipelines", limit, as: PipelineList.self)
        let pipelines = list.pipelines
        let isWhole = list.total.map { $0 <= pipelines.count } ?? true
        let named = form.value("pipeline")
        var chosen = pipelines.first { $0.name == named }
        if chosen == nil, !named.isEmpty {
            chosen = try? await api.get("/v1/pipelines/\(ConsoleAPI.escaped(named))")
        }
        var found: Found?
        var failure: RoostError?
        var code: [CodeLine] = []
        let span = Self.spans.first { $0.value == request.field("span") } ?? Self.spans[2]
        if isSent {
            do {
                let definition = try form.definition()
                let start = try GivenTime.stamp(span.value, field: "span")
                let preview = try await api.send(
                    .post,
                    "/v1/assays/preview",
                    definition,
                    query: ["start": start],
                    as: AssayPreview.self
                )
                found = Self.describe(preview, form, span.text)
                code = [Self.code(definition, start)]
            } catch let error as RoostError where error.code != .internalError {
                // The start is that of the span, which is chosen.
                failure =
                    error.field == "start"
                    ? RoostError(
                        error.code,
                        "These are too many windows. Choose a shorter span, or let windows end less often."
                    ) : error.naming(AssayForm.labels)
            }
        }
        let isPlaced = failure.flatMap { AssayForm.field(of: $0) } != nil
        var content = PageContent(
            template: "assay-preview",
            title: "New assay",
            place: .drift,
            body: PreviewView(
                fields: form.fields(choosing: isWhole ? pipelines.map(\.name) : [], error: failure),
                spans: Self.spans.map {
                    AssayForm.Choice(value: $0.value, text: $0.text, isCurrent: $0.value == span.value)
                },
                metrics: await metrics(of: chosen ?? (isWhole ? pipelines.first : nil)),
                pipelines: pipelines.map(\.name),
                problem: isPlaced ? "" : failure?.message ?? "",
                found: found
            )
        )
        content.trail = [Link(text: "Drift", href: Links.page("drift"))]
        content.summary = "A preview shows what the assay would have said about past windows. It adds nothing."
        content.code = code
        return content
    }

    /// What of a pipeline can be watched.
    private func metrics(of pipeline: Pipeline?) async -> [String] {
        let named = ["errors", "check_failures", "accuracy", "f1", "roc_auc", "rmse", "outputs[0][0]"]
        guard let pipeline else { return named }
        // The log has what the first model got, also behind a function.
        let model = pipeline.version.steps.lazy.compactMap(\.models.first).first
        let inputs = await api.signature(of: model, in: pipeline.workspace)?.inputs ?? []
        return named + inputs.prefix(50).map { "inputs.\($0.name)" }
    }

    private static func describe(_ preview: AssayPreview, _ form: AssayForm, _ span: String) -> Found {
        let results = preview.results
        let shown = results.suffix(previewLimit).reversed()
        let exact = HeatStrip.needsSeconds(results.map(\.end))
        return Found(
            sentence: results.isEmpty
                ? "No window ended in the last \(span). Look further back, or choose a shorter window."
                : preview.sentence(in: span),
            isEmpty: results.isEmpty,
            windows: shown.map { result in
                Row(
                    title: Moment.title(result.end, exact: exact),
                    level: Status(result.status),
                    score: Numbers.measure(result.score),
                    noise: Numbers.measure(result.noise ?? result.pValue),
                    values: Numbers.count(result.window.count),
                    reason: result.sentence
                )
            },
            note: shown.count < results.count
                ? "the newest \(shown.count) of \(Numbers.count(results.count))" : "newest first",
            hidden: AssayForm.names.map { Hidden(name: $0.name, value: form.value($0.name)) },
            assayName: ""
        )
    }

    private static func code(_ definition: AssayDefinition, _ start: String) -> CodeLine {
        let body = Quoted.body(definition)
        func quoted(_ text: String?) -> String { text.map { Quoted.json($0) } ?? "" }
        let times = [("start", definition.baseline?.start), ("end", definition.baseline?.end)].compactMap {
            name,
            time in
            time.map { "\"\(name)\": \(Quoted.json(NativeCoding.timestamp($0)))" }
        }
        let more = Quoted.arguments([
            ("start", Quoted.json(start)), ("statistic", quoted(definition.statistic?.rawValue)),
            ("baseline", "{\(times.joined(separator: ", "))}"), ("every", quoted(definition.every?.description)),
            ("warn", definition.warn.map { "\($0)" } ?? ""), ("alert", definition.alert.map { "\($0)" } ?? ""),
            ("minimum", definition.minimum.map { "\($0)" } ?? ""),
        ])
        let subject = [definition.pipeline, definition.metric, definition.window.description].map { Quoted.json($0) }
        return CodeLine(
            curl: Quoted.curl("POST", "/v1/assays/preview", body, query: [("start", start)]),
            python: "client.preview_assay(\(subject.joined(separator: ", ")), \(more))",
            // The command takes the least number of values from a file only.
            roost: definition.minimum == nil
                ? "roost assay preview\(AssayForm.options(definition)) --start \(start)" : ""
        )
    }

    // MARK: Adding

    func askToAdd(_ request: PageRequest) async throws -> Question {
        let form = AssayForm(request)
        let name = request.field("name").trimmingCharacters(in: .whitespaces)
        let isKnown =
            name.isEmpty ? false : (try? await api.get("/v1/assays/\(ConsoleAPI.escaped(name))", as: Assay.self)) != nil
        return Question(
            title: name.isEmpty ? "Add an assay?" : isKnown ? "Change assay \(name)?" : "Add assay \(name)?",
            text: isKnown
                ? "An assay of this name exists. What it watches, its baseline and its thresholds are replaced, and an alert or a "
                    + "pause of it ends. The results of its windows stay."
                : "The baseline is read now and kept. The first window starts now.",
            button: name.isEmpty ? "Add assay" : isKnown ? "Change \(name)" : "Add \(name)",
            fields: [
                Question.Field(
                    name: "name",
                    label: "Name",
                    hint: "letters, digits, dots, hyphens and underscores",
                    value: name
                ),
                // A form that did not say whose assay is replaced must not replace one.
                Question.Field(
                    name: "replaces",
                    label: "Replaces",
                    kind: .hidden,
                    value: isKnown ? name : "",
                    isFresh: true
                ),
            ]
                + AssayForm.names.map {
                    Question.Field(name: $0.name, label: $0.label, hint: $0.hint, value: form.value($0.name))
                },
            place: .drift,
            trail: [
                Link(text: "Drift", href: Links.page("drift")),
                Link(text: "New assay", href: "/console/assays/preview"),
            ]
        )
    }

    func add(_ request: PageRequest) async throws -> String {
        let name = request.field("name").trimmingCharacters(in: .whitespaces)
        guard !name.isEmpty else { throw RoostError(.invalidInput, "The name is missing.", field: "name") }
        let path = "/v1/assays/\(ConsoleAPI.escaped(name))"
        if request.field("replaces") != name, (try? await api.get(path, as: Assay.self)) != nil {
            throw RoostError(
                .conflict,
                "An assay '\(name)' exists. Change it below, or choose another name.",
                field: "name"
            )
        }
        do {
            let definition = try AssayForm(request).definition()
            try await api.perform(.put, path, definition)
        } catch let error as RoostError {
            let field = error.field == "assay" ? "name" : AssayForm.field(of: error)
            throw RoostError(error.code, error.message, field: field ?? error.field)
        }
        return Links.page("drift", name)
    }
}
