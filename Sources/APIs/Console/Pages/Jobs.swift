import Definitions
import Foundation
import NativeAPI
import Words

/// Jobs of all kinds: the list, a job with its log, and what stops it.
struct JobPages: PageGroup {
    let api: ConsoleAPI

    var pages: [Page] {
        Page("/console/jobs") { try await list($0) }
        Page("/console/jobs/{collection}/{job}") { try await JobPage(api: api, $0).content() }
    }

    var actions: [Action] {
        Action("/console/jobs/{collection}/{job}/stop", question: askToStop, act: stop)
    }

    var feeds: [Feed] {
        Feed("/console/jobs/{collection}/{job}/log") { try await log($0) }
    }

    // MARK: List

    private struct Row: Sendable {
        var name: String
        var href: String
        var kind: String
        /// The job that has started this one; `nil` if a person or a program has.
        var parent: Parent?
        var state: Status
        var result: String
        var took: String
        var started: Moment
        var createdAt: Date
    }

    private struct Parent: Sendable {
        /// What the job is of it.
        var what: String
        var parentName: String
        var parentHref: String
    }

    private struct ListView: Sendable {
        var rows: [Row]
        var isEmpty: Bool
        var isFiltered: Bool
        var name: String
        /// The kind that is shown; empty for all.
        var kind: String
        var choices: [QuestionView.Choice]
        var pager: Pager?
        var isCut: Bool
    }

    /// The words in which a status is chosen, in the order of the list.
    private static let statuses: [(word: String, status: JobState.Status)] = [
        ("in progress", .inProgress), ("stopping", .stopping), ("completed", .completed), ("failed", .failed),
        ("stopped", .stopped),
    ]

    private func list(_ request: PageRequest) async throws -> PageContent {
        let kind = JobKind.allCases.first { $0.rawValue == request.query("kind") }
        let name = String(request.query("name").prefix(128))
        let status = Self.statuses.first { $0.word == request.query("status") }
        var query = ["name_contains": name, "status": status?.status.rawValue ?? "", "limit": String(Pager.limit)]
        if kind != nil { query["offset"] = String(request.offset) }
        var rows: [Row] = []
        var hasMore = false
        var total: Int?
        for each in kind.map({ [$0] }) ?? JobKind.allCases {
            let found = try await self.rows(of: each, query)
            rows += found.rows
            total = found.total
            hasMore = hasMore || found.hasMore
        }
        if kind == nil {
            rows.sort { $0.createdAt > $1.createdAt }
            hasMore = hasMore || rows.count > Pager.limit
            rows = Array(rows.prefix(Pager.limit))
        }
        let view = ListView(
            rows: rows,
            isEmpty: rows.isEmpty,
            isFiltered: !name.isEmpty || status != nil || kind != nil,
            name: name,
            kind: kind?.rawValue ?? "",
            choices: [.init(value: "any", isCurrent: status == nil)]
                + Self.statuses.map { .init(value: $0.word, isCurrent: $0.word == status?.word) },
            pager: kind == nil ? nil : try Pager(request, shown: rows.count, total: total),
            isCut: kind == nil && hasMore
        )
        var content = PageContent(template: "jobs", title: "Jobs", place: .jobs, body: view)
        content.summary = "Jobs that make models and predictions, newest first."
        content.refresh = 5
        content.tabs = [Tab(text: "All", href: Links.page("jobs"), isCurrent: kind == nil)]
        content.tabs += JobKind.allCases.map { each in
            Tab(text: each.plural, href: Links.page("jobs", query: ["kind": each.rawValue]), isCurrent: each == kind)
        }
        content.code = [Self.code(kind, name: name, status: status?.status, request.page)]
        return content
    }

    /// - Parameter status: `nil` for all.
    private static func code(
        _ kind: JobKind?,
        name: String,
        status: JobState.Status?,
        _ page: [(name: String, value: String)]
    ) -> CodeLine {
        let status = status?.rawValue ?? ""
        let filter = [("name_contains", name), ("status", status)] + (kind == nil ? Array(page.prefix(1)) : page)
        func list(_ kind: JobKind) -> String {
            // The SDK does not choose curves by their status.
            let isChosen = kind != .learningCurve || status.isEmpty
            let call = "client.\(kind.listCall)(\(isChosen ? Quoted.texts([("status", status)]) : ""))"
            let conditions = [
                name.isEmpty ? nil : "\(Quoted.json(name)) in job.name()",
                isChosen ? nil : "job.status() == \(Quoted.json(status))",
            ].compactMap(\.self)
            return conditions.isEmpty ? call : "[job for job in \(call) if \(conditions.joined(separator: " and "))]"
        }
        // The command does not search for names.
        let roost = "roost job list" + Quoted.options([("kind", kind?.rawValue ?? ""), ("status", status)])
        guard let kind else {
            let kinds = JobKind.allCases
            return CodeLine(
                curl: "for kind in \(kinds.map(\.collection).joined(separator: " ")); do "
                    + "curl -s \(Quoted.url("/v1/$kind", filter)); done",
                python: kinds.map(list).joined(separator: ", "),
                roost: name.isEmpty ? roost : ""
            )
        }
        return CodeLine(
            curl: "curl -s " + Quoted.url("/v1/\(kind.collection)", filter),
            python: list(kind),
            roost: name.isEmpty ? roost : ""
        )
    }

    private func rows(
        of kind: JobKind,
        _ query: [String: String]
    ) async throws -> (rows: [Row], hasMore: Bool, total: Int?) {
        func found<Value: Job>(
            _ type: Value.Type,
            _ row: (Value) -> Row
        ) async throws -> (rows: [Row], hasMore: Bool, total: Int?) {
            let list = try await api.get("/v1/\(kind.collection)", query, as: JobList<Value>.self)
            return (list.jobs.map(row), list.nextOffset != nil, list.total)
        }
        switch kind {
        case .training:
            let curves = try await curves()
            return try await found(TrainingJob.self) { job in
                Self.row(job, Self.result(of: job), Self.parent(of: job, curves))
            }
        case .tuning:
            return try await found(TuningJob.self) { job in
                let best = job.bestValue.map { "\(job.definition.objective.metric) \(Numbers.measure($0))" }
                return Self.row(job, best ?? "")
            }
        case .transform:
            return try await found(TransformJob.self) { job in
                let count = job.progress.records
                return Self.row(job, count == 0 ? "" : Numbers.count(count, "record"))
            }
        case .learningCurve:
            return try await found(LearningCurve.self) { Self.row($0, $0.verdict.map { Status($0).word } ?? "") }
        }
    }

    /// Returns the newest learning curves by their training jobs, which do not name them.
    private func curves() async throws -> [String: String] {
        let query = ["limit": String(Pager.limit)]
        let path = "/v1/\(JobKind.learningCurve.collection)"
        let found = try await api.get(path, query, as: JobList<LearningCurve>.self).jobs
        let pairs = found.flatMap { curve in curve.points.flatMap(\.jobs).map { ($0, curve.name) } }
        return Dictionary(pairs) { first, _ in first }
    }

    private static func parent(of job: TrainingJob, _ curves: [String: String]) -> Parent? {
        func parent(_ what: String, _ kind: JobKind, _ name: String) -> Parent {
            Parent(what: what, parentName: name, parentHref: Links.page("jobs", kind.collection, name))
        }
        if let tuning = job.tuningJob { return parent("trial of", .tuning, tuning) }
        return curves[job.name].map { parent("for", .learningCurve, $0) }
    }

    private static func row(_ job: some Job, _ result: String, _ parent: Parent? = nil) -> Row {
        let kind = type(of: job).kind
        return Row(
            name: job.name,
            href: Links.page("jobs", kind.collection, job.name),
            kind: kind == .learningCurve ? kind.noun : kind.rawValue,
            parent: parent,
            state: Status(job.state.status),
            result: result.isEmpty ? Numbers.none : result,
            took: job.state.span ?? Numbers.none,
            started: Moment(job.state.createdAt),
            createdAt: job.state.createdAt
        )
    }

    /// The metric that says most: the last one of held-out data, or the last one.
    private static func result(of job: TrainingJob) -> String {
        let metric = job.metrics.last { $0.name.hasPrefix("validation:") } ?? job.metrics.last
        return metric.map { "\($0.name) \(Numbers.measure($0.value))" } ?? ""
    }

    // MARK: Log

    private func log(_ request: PageRequest) async throws -> Feed.Part {
        let kind = try JobKind(request)
        let path = "/v1/\(kind.collection)/\(ConsoleAPI.escaped(request.parameter("job")))"
        // The state comes first: a job that has ended writes nothing more.
        let job = try await api.get(path, as: AnyJob.self)
        let offset = Int(request.query("offset")).flatMap { (0...1 << 48).contains($0) ? $0 : nil }
        func lines(from offset: Int, _ limit: Int) async throws -> JobLog {
            try await api.get(path + "/logs", ["from": String(offset), "limit": String(limit)], as: JobLog.self)
        }
        var log = try await lines(from: offset ?? 0, 1000)
        var text = offset == nil ? log.text : log.screen
        // A script goes on from an offset. A person wants all lines.
        while offset == nil, !log.events.isEmpty, text.utf8.count < Self.textLimit {
            log = try await lines(from: log.next, 10_000)
            text += log.text
        }
        if offset == nil, !log.events.isEmpty {
            text += "There are more lines: \(request.request.path)?offset=\(log.next)\n"
        }
        return Feed.Part(
            text: text,
            next: log.next,
            isEnded: offset != nil && job.state.status.isFinal && log.events.isEmpty
        )
    }

    /// From how many bytes on a log is no longer shown as a whole.
    private static let textLimit = 32 << 20

    // MARK: Stop

    private func askToStop(_ request: PageRequest) async throws -> Question {
        let kind = try JobKind(request)
        let name = request.parameter("job")
        let path = "/v1/\(kind.collection)/\(ConsoleAPI.escaped(name))"
        _ = try await api.get(path, as: AnyJob.self)
        let text =
            switch kind {
            case .training:
                "Its program is stopped, and no model is kept unless it saved one. Its log and metrics stay."
            case .tuning:
                "Running trials are stopped, and no new ones are started. Finished trials and the best model stay."
            case .transform: "Predictions for completed objects stay; the others are not written."
            case .learningCurve: "Its training jobs are stopped. Measured points stay."
            }
        return Question(
            title: "Stop \(name)?",
            text: text + " A job that was stopped cannot be resumed.",
            button: "Stop \(name)",
            isDangerous: true,
            place: .jobs,
            trail: [
                Link(text: "Jobs", href: Links.page("jobs")),
                Link(text: name, href: Links.page("jobs", kind.collection, name)),
            ],
            code: [
                CodeLine(
                    curl: "curl -s -X POST $ROOST_URL\(path)/stop",
                    python: "client.\(kind.getCall)(\"\(name)\").stop()",
                    roost: "roost job stop \(name) --kind \(kind.rawValue)"
                )
            ]
        )
    }

    private func stop(_ request: PageRequest) async throws -> String {
        let kind = try JobKind(request)
        let name = request.parameter("job")
        try await api.perform(.post, "/v1/\(kind.collection)/\(ConsoleAPI.escaped(name))/stop")
        return Links.page("jobs", kind.collection, name)
    }
}

/// What jobs of all kinds have.
struct AnyJob: Decodable {
    var state: JobState
}

extension JobKind {
    /// - Throws: ``RoostError`` if the path of a page names no kind.
    init(_ request: PageRequest) throws(RoostError) {
        let collection = request.parameter("collection")
        guard let kind = Self.allCases.first(where: { $0.collection == collection }) else {
            throw RoostError(.notFound, "There is no page at '\(request.request.path.prefix(120))'.")
        }
        self = kind
    }

    /// As the name of a tab.
    var plural: String {
        self == .learningCurve ? "Learning curves" : rawValue.prefix(1).uppercased() + rawValue.dropFirst()
    }

    /// The call of the Python SDK that lists these jobs.
    var listCall: String { self == .learningCurve ? "list_learning_curves" : "list_\(rawValue)_jobs" }

    /// The call of the Python SDK that returns one.
    var getCall: String { self == .learningCurve ? "learning_curve" : "\(rawValue)_job" }
}

extension JobState {
    /// How long the job has run; `nil` if it waits.
    var span: String? {
        guard let startedAt else { return nil }
        return Span.long((endedAt ?? Date()).timeIntervalSince(startedAt))
    }
}
