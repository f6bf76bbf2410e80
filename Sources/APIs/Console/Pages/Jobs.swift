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
        var state: Status
        var result: String
        var took: String
        var started: Moment
        var createdAt: Date
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
        for each in kind.map({ [$0] }) ?? JobKind.allCases {
            let (found, next) = try await self.rows(of: each, query)
            rows += found
            hasMore = hasMore || next != nil
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
            pager: kind == nil ? nil : try Pager(request, shown: rows.count, total: nil),
            isCut: kind == nil && hasMore
        )
        var content = PageContent(template: "jobs", title: "Jobs", place: .jobs, body: view)
        content.summary = "Jobs that make models and predictions, newest first."
        content.refresh = 5
        content.tabs = [Tab(text: "All", href: Links.page("jobs"), isCurrent: kind == nil)]
        content.tabs += JobKind.allCases.map { each in
            Tab(text: each.plural, href: Links.page("jobs", query: ["kind": each.rawValue]), isCurrent: each == kind)
        }
        content.code = [Self.code(kind)]
        return content
    }

    private static func code(_ kind: JobKind?) -> CodeLine {
        guard let kind else {
            return CodeLine(
                curl: "for kind in \(JobKind.allCases.map(\.collection).joined(separator: " ")); do "
                    + "curl -s $ROOST_URL/v1/$kind; done",
                python: JobKind.allCases.map { "client.\($0.listCall)" }.joined(separator: ", "),
                roost: "roost job list"
            )
        }
        return CodeLine(
            curl: "curl -s $ROOST_URL/v1/\(kind.collection)",
            python: "client.\(kind.listCall)",
            roost: "roost job list --kind \(kind.rawValue)"
        )
    }

    private func rows(of kind: JobKind, _ query: [String: String]) async throws -> ([Row], next: Int?) {
        let path = "/v1/\(kind.collection)"
        switch kind {
        case .training:
            let found = try await api.get(path, query, as: JobList<TrainingJob>.self)
            return (found.jobs.map { Self.row($0, Self.result(of: $0)) }, found.nextOffset)
        case .tuning:
            let found = try await api.get(path, query, as: JobList<TuningJob>.self)
            return (
                found.jobs.map { job in
                    let best = job.bestValue.map { "\(job.definition.objective.metric) \(Numbers.measure($0))" }
                    return Self.row(job, best ?? "")
                }, found.nextOffset
            )
        case .transform:
            let found = try await api.get(path, query, as: JobList<TransformJob>.self)
            return (
                found.jobs.map { job in
                    let count = job.progress.records
                    return Self.row(
                        job,
                        count == 0 ? "" : "\(Numbers.count(count)) \(count == 1 ? "record" : "records")"
                    )
                }, found.nextOffset
            )
        case .learningCurve:
            let found = try await api.get(path, query, as: JobList<LearningCurve>.self)
            return (found.jobs.map { Self.row($0, $0.verdict.map { Status($0).word } ?? "") }, found.nextOffset)
        }
    }

    private static func row(_ job: some Job, _ result: String) -> Row {
        let kind = type(of: job).kind
        return Row(
            name: job.name,
            href: Links.page("jobs", kind.collection, job.name),
            kind: kind == .learningCurve ? kind.noun : kind.rawValue,
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
        let offset = Int(request.query("offset")).flatMap { (0...1 << 48).contains($0) ? $0 : nil } ?? 0
        let log = try await api.get(path + "/logs", ["from": String(offset), "limit": "1000"], as: JobLog.self)
        return Feed.Part(text: log.text, next: log.next, isEnded: job.state.status.isFinal && log.events.isEmpty)
    }

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
    var listCall: String { self == .learningCurve ? "list_learning_curves()" : "list_\(rawValue)_jobs()" }

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
