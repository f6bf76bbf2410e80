import Definitions
import Foundation
import NativeAPI
import Words

/// The inference log: what was asked and answered, and what turned out to be true.
struct LogPages: PageGroup {
    let api: ConsoleAPI

    /// The most entries that can be paged through; older ones are found by time.
    private static let pagedLimit = 50_000
    /// The most entries of one inference that are shown together.
    private static let togetherLimit = 20

    var pages: [Page] {
        Page("/console/log") { try await choose($0) }
        Page("/console/pipelines/{pipeline}/log") { try await log($0) }
    }

    var actions: [Action] {
        Action("/console/pipelines/{pipeline}/log/{inference}/label", question: askForLabel, act: label)
    }

    // MARK: Choosing a pipeline

    private struct Choice: Sendable {
        var name: String
        var href: String
        var pipelineState: Status
        var requests: String
        var failed: String
        var checksFailed: String
    }

    private struct ChoiceView: Sendable {
        var search: String
        var rows: [Choice]
        var isEmpty: Bool
        var pager: Pager
    }

    private func choose(_ request: PageRequest) async throws -> PageContent {
        let search = request.query("search")
        let query = [
            "search": search, "workspace": request.workspace, "limit": String(Pager.limit),
            "offset": String(request.offset),
        ]
        let found = try await api.get("/v1/pipelines", query, as: PipelineList.self)
        let series = try? await api.series(of: found.pipelines)
        let columns = Dictionary((series?.series ?? []).map { ($0.pipeline, $0) }) { first, _ in first }
        let rows = found.pipelines.map { pipeline in
            let totals = columns[pipeline.name]?.total
            return Choice(
                name: pipeline.name,
                href: Links.page("pipelines", pipeline.name, "log"),
                pipelineState: Status(pipeline.deployment),
                requests: totals.map { Numbers.count($0.requests) } ?? Numbers.none,
                failed: Numbers.percent(totals?.failed),
                checksFailed: Numbers.percent(totals?.checksFailed)
            )
        }
        var content = PageContent(
            template: "log-choice",
            title: "Log",
            place: .log,
            body: ChoiceView(
                search: search,
                rows: rows,
                isEmpty: rows.isEmpty,
                pager: try Pager(request, shown: rows.count, total: found.total)
            )
        )
        content.summary = "Each pipeline logs its inferences: inputs, outputs, checks and times. Choose one."
        content.code = [PipelinePages.listCode(request)]
        return content
    }

    // MARK: The log of a pipeline

    private struct LogView: Sendable {
        var filter: LogFilter
        var strip: LogStrip?
        var rows: [LogRow]
        var isEmpty: Bool
        var hasRows: Bool
        /// What to do about an empty table.
        var why: String
        /// The parts of the filter, one of which left everything out.
        var parts: [Link]
        var clear: String
        var pageText: String
        var newer: String
        var older: String
        var hasPager: Bool
        var problem: String
    }

    private func log(_ request: PageRequest) async throws -> PageContent {
        let name = request.parameter("pipeline")
        let path = "/v1/pipelines/\(ConsoleAPI.escaped(name))"
        let (pipeline, version) = try await api.running(name)
        let filter = LogFilter(request, pipeline, version)
        var content = PipelinePages.content("log", pipeline, version, tab: "log")
        content.title = "Log of \(name)"
        content.place = .log
        content.trail.append(Link(text: name, href: Links.page("pipelines", name)))
        content.buttons = []
        let series = try? await api.get(path + "/series", as: PipelineSeries.self)
        content.summary = Self.summary(series)
        let offset = min(request.offset, Self.pagedLimit)
        var page = (lines: [Data](), hasMore: false, end: 0)
        var problem = ""
        do {
            var query = try filter.query()
            query["limit"] = String(offset + Pager.limit + 1)
            page = try await api.lines(path + "/logs/export", query, after: offset, limit: Pager.limit)
            content.code = [filter.code(name)]
        } catch let error as RoostError where error.code == .invalidInput {
            problem = error.message
            content.code = []
        }
        if page.lines.isEmpty, offset > 0, problem.isEmpty {
            // Behind the last page, perhaps because entries were deleted.
            let last = max(0, page.end - 1) / Pager.limit * Pager.limit
            throw Elsewhere(href: filter.link(offset: last < offset ? last : 0, open: request.query("open")))
        }
        var records = page.lines.compactMap { try? JSONDecoder().decode(LogRecord.self, from: $0) }
        let open = request.query("open")
        let (together, inputs) = open.isEmpty ? ([], nil) : try await inference(open, path)
        if !together.isEmpty, !records.contains(where: { $0.id == open }) { records.insert(together[0], at: 0) }
        if !open.isEmpty, together.isEmpty, problem.isEmpty {
            problem = "The log has no inference '\(open.prefix(128))', or has it no longer."
        }
        let labels = try await LabelsOfEntries(records, of: name, api)
        var opened: OpenedEntry?
        if let first = together.first {
            let signature = await signature(of: first, version, in: pipeline)
            let known = labels.labels(of: first)
            opened = OpenedEntry(
                together,
                inputs: inputs,
                of: pipeline,
                version,
                since: await answeringSince(pipeline),
                signature,
                known,
                back: filter.link(offset: offset),
                here: filter.link(offset: offset, open: open)
            )
        }
        var isOpened = false
        let isCompared = records.contains { $0.role == "challenger" }
        let rows = records.map { record in
            let isIt = !isOpened && record.id == open && record.model == together.first?.model
            if isIt { isOpened = true }
            return LogRow(
                record,
                version,
                isCompared: isCompared,
                label: labels.text(of: record),
                href: filter.link(offset: offset, open: record.id),
                opened: isIt ? opened : nil
            )
        }
        let isFirst = offset == 0
        // A later page begins where the first one did, whatever has been logged meanwhile.
        let anchor = filter.anchor ?? records.first.map { $0.time.addingTimeInterval(0.001) }
        content.body = LogView(
            filter: filter,
            strip: await LogStrip.read(path, filter, api),
            rows: rows,
            isEmpty: rows.isEmpty && problem.isEmpty,
            hasRows: !rows.isEmpty,
            why: filter.isSet
                ? "No inference of \(name) matches. Leave out what is too narrow:"
                : "No inference is in the log. Each request to \(name) adds one.",
            parts: filter.parts,
            clear: filter.isSet ? Links.page("pipelines", name, "log") : "",
            pageText: rows.isEmpty
                ? "" : "\(Numbers.count(offset + 1)) – \(Numbers.count(offset + rows.count)), newest first",
            newer: isFirst ? "" : filter.link(offset: max(0, offset - Pager.limit), anchor: anchor),
            older: page.hasMore && offset < Self.pagedLimit
                ? filter.link(offset: offset + Pager.limit, anchor: anchor) : "",
            hasPager: page.hasMore || !isFirst,
            problem: problem
        )
        content.refresh = isFirst && open.isEmpty && filter.anchor == nil && problem.isEmpty ? 5 : nil
        return content
    }

    private static func summary(_ series: PipelineSeries?) -> String {
        guard let series else { return "" }
        let totals = series.total
        let failures = totals.checkFailures
        guard totals.requests > 0 else { return "No request in the last hour." }
        return
            "\(Numbers.count(totals.requests, "request")) in the last hour, \(Numbers.count(failures)) with a failed check, "
            + "\(Numbers.count(totals.serverErrors)) failed"
            + (totals.clientErrors > 0 ? ", \(Numbers.count(totals.clientErrors)) refused as bad requests." : ".")
    }

    /// Since when the same version of a pipeline answers, as far as is known. A restart of the server changes nothing.
    private func answeringSince(_ pipeline: Pipeline) async -> Date? {
        let query = ["pipeline": pipeline.name, "kind": "pipeline.*", "limit": "1"]
        let changed = try? await api.get("/v1/events", query, as: EventList.self).events.first?.time
        return changed ?? pipeline.deployment?.updatedAt
    }

    /// Returns the entries of an inference, that of the champion first, and the inputs of that one.
    private func inference(_ id: String, _ path: String) async throws -> ([LogRecord], inputs: DocumentValue?) {
        let query = ["id": id, "limit": String(Self.togetherLimit)]
        let lines = try await api.lines(path + "/logs/export", query, after: 0, limit: Self.togetherLimit).lines
        let found = lines.compactMap { line in
            (try? JSONDecoder().decode(LogRecord.self, from: line)).map { (record: $0, line: line) }
        }
        let ordered = found.filter { $0.record.role != "challenger" } + found.filter { $0.record.role == "challenger" }
        return (ordered.map(\.record), inputs: ordered.first.flatMap { LogRecord.inputs(in: $0.line) })
    }

    /// What the pipeline took and returned for an entry, as far as is known.
    private func signature(of record: LogRecord, _ version: PipelineVersion, in pipeline: Pipeline) async -> Signature?
    {
        let model = ModelReference(name: record.model, version: record.version)
        // An entry names the model of the last step. The inputs are those of the first.
        if record.stepTimes.count <= 1 { return await api.signature(of: model, in: pipeline.workspace) }
        guard version.steps.last?.models.contains(model) == true else { return nil }
        return await api.signature(of: version, in: pipeline.workspace)
    }

    // MARK: Labels

    /// A label as the API takes it.
    private struct NewLabel: Encodable {
        var id: String
        var label: DocumentValue
        var row: Int?
    }

    private func askForLabel(_ request: PageRequest) async throws -> Question {
        let name = request.parameter("pipeline")
        let id = request.parameter("inference")
        let path = "/v1/pipelines/\(ConsoleAPI.escaped(name))"
        let (_, version) = try await api.running(name)
        guard try await !inference(id, path).0.isEmpty else {
            throw RoostError(.notFound, "The log of '\(name)' has no inference '\(id.prefix(128))'.", field: "id")
        }
        let labels = version.monitoring.labels
        let hint =
            switch labels?.kind {
            case .text: "a text"
            case .number: "a number"
            default: labels?.isBinary == true ? "0 or 1" : "a number, true or false, or a word"
            }
        return Question(
            title: "Label inference \(LogRecord.short(id))?",
            text: "The first label of an inference counts as evidence. A later one only corrects the quality.",
            button: "Save label",
            fields: [
                Question.Field(name: "label", label: "Label", hint: hint),
                Question.Field(name: "row", label: "Row", hint: "from 0; empty for all rows"),
                Question.Field(name: "back", label: "Back", kind: .hidden),
            ],
            place: .log,
            trail: .pipeline(name) + [Link(text: "Log", href: Self.back(request))]
        )
    }

    private func label(_ request: PageRequest) async throws -> String {
        let name = request.parameter("pipeline")
        let id = request.parameter("inference")
        let (_, version) = try await api.running(name)
        let row = request.field("row").trimmingCharacters(in: .whitespaces)
        if !row.isEmpty {
            let count = try await inference(id, "/v1/pipelines/\(ConsoleAPI.escaped(name))").0.first?.rowCount ?? .max
            guard let number = Int(row), (0..<count).contains(number) else {
                let rows =
                    count == 1
                    ? "The inference has one row, 0"
                    : "Expected a number from 0"
                        + (count < .max && count > 1 ? " to \(count - 1)" : "")
                throw RoostError(.invalidInput, "'\(row.prefix(40))' is not a row. \(rows).", field: "row")
            }
        }
        let label = NewLabel(
            id: id,
            label: try Self.value(request.field("label"), isText: version.monitoring.labels?.kind == .text),
            row: Int(row)
        )
        do {
            try await api.perform(.post, "/v1/pipelines/\(ConsoleAPI.escaped(name))/ground-truth", label)
        } catch let error as RoostError where error.field == "body" || error.field == "labels" {
            throw RoostError(error.code, error.message, field: "label")
        }
        return Self.back(request)
    }

    /// The page of the log that the form was on, with the entry open; never another address, whatever the form says.
    private static func back(_ request: PageRequest) -> String {
        let log = Links.page("pipelines", request.parameter("pipeline"), "log")
        let sent = request.field("back")
        return (sent.hasPrefix(log + "?") ? sent : "\(log)?\(Links.query(["open": request.parameter("inference")]))")
            + "#opened"
    }

    /// Reads a label as the command reads it: a text in double quotes is a text, whatever it looks like.
    private static func value(_ text: String, isText: Bool) throws(RoostError) -> DocumentValue {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        guard !trimmed.isEmpty else { throw RoostError(.invalidInput, "The label is missing.", field: "label") }
        if isText { return .string(trimmed) }
        if let truth = Bool(trimmed) { return .boolean(truth) }
        if let integer = Int64(trimmed) { return .integer(integer) }
        if let number = Double(trimmed), number.isFinite { return .number(number) }
        if trimmed.count >= 2, trimmed.hasPrefix("\""), trimmed.hasSuffix("\"") {
            return .string(String(trimmed.dropFirst().dropLast()))
        }
        return .string(trimmed)
    }
}
