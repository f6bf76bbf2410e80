import Definitions
import Foundation
import NativeAPI

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

    /// The entries of a span.
    func link(from start: Date, to end: Date) -> String {
        var query = fields
        query["start"] = NativeCoding.timestamp(start)
        query["end"] = NativeCoding.timestamp(end)
        query["valid"] = "false"
        return Links.page("pipelines", pipeline, "log", query: query)
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

/// The failed checks of the last hour as bars, each of which leads to its entries.
struct LogStrip: Sendable {
    struct Bar: Sendable {
        var x: String
        var y: String
        var width: String
        var height: String
        var kind: String
        var href: String
        var label: String
    }

    private static let width = 944.0
    private static let height = 36.0

    let title: String
    let note: String
    let bars: [Bar]
    let clocks: [String]

    /// Is `nil` if no check failed.
    init?(_ series: PipelineSeries, _ filter: LogFilter) {
        let counts = series.checkFailures.map { max(0, $0 ?? 0) }
        guard let most = counts.max(), most > 0, series.stepSeconds > 0 else { return nil }
        let step = Double(series.stepSeconds)
        let slot = Self.width / Double(counts.count)
        bars = counts.enumerated().filter { $0.element > 0 }.map { index, count in
            let height = max(1, Double(count) / Double(most) * (Self.height - 1))
            let start = series.start.addingTimeInterval(Double(index) * step)
            return Bar(
                x: Numbers.fixed(Double(index) * slot + 0.5, 1),
                y: Numbers.fixed(Self.height - height, 1),
                width: Numbers.fixed(max(1, slot - 1), 1),
                height: Numbers.fixed(height, 1),
                kind: most >= 5 && count >= most - count ? "bad" : "base",
                href: filter.link(from: start, to: start.addingTimeInterval(step)),
                label: "\(Moment.clock(start).prefix(5)), \(Numbers.count(count)) failed"
            )
        }
        let failed = Totals(series.checkFailures, [], []).requests
        title = "\(Numbers.count(failed, "failed check")) in the last hour"
        note = "per \(Span.short(step)); choose a bar"
        clocks = (0...4).map { quarter in
            let at = series.start.addingTimeInterval(Double(counts.count) * step * Double(quarter) / 4)
            return String(Moment.clock(at).prefix(5)) + (quarter == 4 ? " UTC" : "")
        }
    }
}
