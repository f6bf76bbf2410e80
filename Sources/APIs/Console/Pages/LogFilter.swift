import Definitions
import Foundation
import NativeAPI
import Words

/// Which entries of a log are shown: a form whose address can be sent to others.
struct LogFilter: Sendable {
    struct Choice: Sendable {
        var value: String
        var text: String
        var isCurrent: Bool
    }

    let from: String
    let to: String
    let model: String
    let valid: String
    let id: String
    let models: [Choice]
    let checks: [Choice]
    /// Whether it leaves something out.
    let isSet: Bool
    /// The time before which the entries of all pages are; `nil` on the first page.
    let anchor: Date?
    private let pipeline: String

    init(_ request: PageRequest, _ pipeline: Pipeline, _ version: PipelineVersion) {
        from = request.query("start")
        to = request.query("end")
        let model = request.query("model")
        let valid = ["true", "false"].contains(request.query("valid")) ? request.query("valid") : ""
        id = request.query("id")
        self.model = model
        self.valid = valid
        isSet = !(from + to + model + valid + id).isEmpty
        anchor = NativeCoding.date(request.query("until"))
        self.pipeline = pipeline.name
        var names: [String] = []
        for name in (version.steps + pipeline.version.steps).flatMap(\.models).map(\.name) + [model]
        where !name.isEmpty && !names.contains(name) { names.append(name) }
        models =
            [Choice(value: "", text: "any", isCurrent: model.isEmpty)]
            + names.map { Choice(value: $0, text: $0, isCurrent: $0 == model) }
        checks = [("", "any"), ("false", "failed"), ("true", "passed")].map { value, text in
            Choice(value: value, text: text, isCurrent: value == valid)
        }
    }

    /// The query of the API.
    func query() throws(RoostError) -> [String: String] {
        var end = try GivenTime.parse(to, field: "end")
        if let anchor { end = min(end ?? anchor, anchor) }
        return [
            "start": try GivenTime.stamp(from, field: "start"),
            "end": end.map { NativeCoding.timestamp($0) } ?? "",
            "model": model, "valid": valid, "id": id,
        ]
    }

    private var fields: [String: String] { ["start": from, "end": to, "model": model, "valid": valid, "id": id] }

    /// A page of the same entries.
    func link(offset: Int, open: String = "", anchor: Date? = nil) -> String {
        var query = fields
        query["open"] = open
        query["offset"] = offset > 0 ? String(offset) : ""
        query["until"] = (anchor ?? self.anchor).map { NativeCoding.timestamp($0) } ?? ""
        return Links.page("pipelines", pipeline, "log", query: query)
    }

    /// The form's fields that leave something out, each with the page without it.
    var parts: [Link] {
        let words = [
            "start": "from \(from)", "end": "to \(to)", "model": "model \(model)",
            "valid": valid == "true" ? "checks passed" : "checks failed", "id": "ID \(id)",
        ]
        return ["start", "end", "model", "valid", "id"].compactMap { name in
            var query = fields
            guard query[name]?.isEmpty == false else { return nil }
            query[name] = ""
            return Link(text: words[name] ?? name, href: Links.page("pipelines", pipeline, "log", query: query))
        }
    }

    /// The entries of a span.
    func link(from start: Date, to end: Date) -> String {
        var query = fields
        query["start"] = NativeCoding.timestamp(start)
        query["end"] = NativeCoding.timestamp(end)
        query["valid"] = "false"
        return Links.page("pipelines", pipeline, "log", query: query)
    }

    /// The span that is shown, if the form limits it; `nil` otherwise, and if a time in it is none.
    var span: ClosedRange<Date>? {
        guard !(from + to).isEmpty, let end = try? GivenTime.parse(to, field: "end") ?? Date(),
            let start = try? GivenTime.parse(from, field: "start") ?? end.addingTimeInterval(-LogStrip.hour),
            start < end
        else { return nil }
        return start...end
    }

    func code(_ pipeline: String) -> CodeLine {
        let start = (try? GivenTime.stamp(from, field: "start")) ?? ""
        let end = (try? GivenTime.stamp(to, field: "end")) ?? ""
        func text(_ text: String) -> String { text.isEmpty ? "" : Quoted.json(text) }
        let arguments = Quoted.arguments([
            ("limit", "100"), ("start", text(start)), ("end", text(end)), ("model", text(model)),
            ("valid", valid.isEmpty ? "" : valid.prefix(1).uppercased() + valid.dropFirst()), ("id", text(id)),
        ])
        let curl = Quoted.url(
            "/v1/pipelines/\(ConsoleAPI.escaped(pipeline))/logs",
            [("limit", "100"), ("start", start), ("end", end), ("model", model), ("valid", valid), ("id", id)]
        )
        return CodeLine(
            curl: "curl -s \(curl)",
            python: "client.pipelines_by_name(\(Quoted.json(pipeline)))[0].logs(\(arguments))",
            roost: "roost logs \(Quoted.shell(pipeline)) --limit 100"
                + Quoted.options([("start", start), ("end", end), ("model", model), ("valid", valid), ("id", id)])
        )
    }
}
