import Definitions
import Foundation
import NativeAPI
import Words

/// A name with its value, which may lead somewhere.
struct Detail: Sendable {
    var term: String
    var content: String
    /// Empty if it leads nowhere.
    var target = ""
}

/// The page of one job.
struct JobPage: Sendable {
    /// How far a job is, as a bar and in words.
    struct Progress: Sendable {
        var total: Int
        var done: Int
        var failed = 0
        /// `done` and `failed`.
        var ended: Int
        var running = 0
        var words: String
    }

    struct PhaseRow: Sendable {
        var name: String
        var words: String
        var began: Moment
        var took: String
    }

    struct LogView: Sendable {
        var feed: String
        var lines: String
        var next: Int
        var isEmpty: Bool
        /// Whether there are lines before those that are shown.
        var isCut: Bool
        var note: String
    }

    /// The most lines of the log that are shown before a script follows it.
    private static let lineLimit = 500
    /// The most bytes of them.
    private static let byteLimit = 48 << 10

    /// A learning curve's points.
    struct Curve: Sendable {
        struct Row: Sendable {
            var percent: String
            var lines: String
            var value: String
            var lowText: String
            var highText: String
            var number: String
            var low: String
            var high: String
            var count: String
        }

        var metric: String
        var label: String
        var rows: [Row]
    }

    struct View: Sendable {
        var progress: Progress?
        var charts: [MetricChart] = []
        var hasCharts = false
        var metrics: [Detail] = []
        var hasMetrics = false
        var tuning: Trials?
        var curve: Curve?
        var settings: [Detail] = []
        var hasSettings = false
        var facts: [Detail] = []
        var phases: [PhaseRow] = []
        /// `nil` for a job that has ended and wrote nothing, as those do that only start others.
        var log: LogView?
    }

    private let api: ConsoleAPI
    private let request: PageRequest
    private let name: String

    init(api: ConsoleAPI, _ request: PageRequest) {
        self.api = api
        self.request = request
        name = request.parameter("job")
    }

    func content() async throws -> PageContent {
        let kind = try JobKind(request)
        let path = "/v1/\(kind.collection)/\(ConsoleAPI.escaped(name))"
        var view = View(log: try await log(kind, path))
        let state: JobState
        let summary: String
        var verdict: Verdict?
        switch kind {
        case .training:
            let job = try await api.get(path, as: TrainingJob.self)
            state = job.state
            summary = "Training with \(job.definition.algorithm)"
            try await show(job, &view)
        case .tuning:
            let job = try await api.get(path, as: TuningJob.self)
            state = job.state
            let definition = job.definition
            summary =
                "Tuning of \(definition.training.algorithm) for \(definition.objective.metric); "
                + "\(Numbers.count(definition.maxTrials, "trial")), \(definition.maxParallelTrials) at a time"
            try await show(job, &view)
        case .transform:
            let job = try await api.get(path, as: TransformJob.self)
            state = job.state
            summary = "Predictions of \(job.definition.model.name) for the objects of \(job.definition.input.uri)"
            show(job, &view)
        case .learningCurve:
            let job = try await api.get(path, as: LearningCurve.self)
            state = job.state
            summary = "A model trained on parts of the data, to see whether more data would help"
            verdict = job.summary.map { text in
                Verdict(word: job.verdict.map { Status($0).word } ?? "Measured", sentence: text)
            }
            show(job, &view)
        }
        if state.status.isFinal, view.log?.isEmpty == true { view.log = nil }
        view.hasSettings = !view.settings.isEmpty
        view.phases = state.phases.map(Self.row)
        var content = PageContent(template: "job", title: name, place: .jobs, body: view)
        content.trail = [
            Link(text: "Jobs", href: Links.page("jobs")),
            Link(text: kind.plural, href: Links.page("jobs", query: ["kind": kind.rawValue])),
        ]
        content.state = Status(state.status)
        content.summary = summary + ". " + Self.times(state)
        content.verdict = verdict ?? state.failureReason.map { Verdict(word: "Failed", sentence: $0) }
        if state.status == .inProgress {
            content.buttons = [Button(text: "Stop…", href: Links.page("jobs", kind.collection, name, "stop"))]
        }
        content.refresh = state.status.isFinal ? nil : 5
        content.code = [
            CodeLine(
                curl: "curl -s $ROOST_URL\(path)",
                python: "client.\(kind.getCall)(\"\(name)\")",
                roost: "roost job show \(name) --kind \(kind.rawValue)"
            ),
            CodeLine(
                curl: "curl -s $ROOST_URL\(path)/logs",
                python: "client.\(kind.getCall)(\"\(name)\").logs()",
                roost: "roost job logs \(name) --kind \(kind.rawValue) --follow"
            ),
        ]
        return content
    }

    private static func times(_ state: JobState) -> String {
        guard let started = state.startedAt else { return "Created \(Moment(state.createdAt).text), waiting." }
        let span = state.span ?? Numbers.none
        return state.status.isFinal
            ? "Started \(Moment(started).text), took \(span)." : "Running for \(span)."
    }

    private static func row(_ phase: JobState.Phase) -> PhaseRow {
        PhaseRow(
            name: phase.name,
            words: phase.message,
            began: Moment(phase.startedAt),
            took: Span.long((phase.endedAt ?? Date()).timeIntervalSince(phase.startedAt))
        )
    }

    /// The end of the log. The script asks for what follows.
    private func log(_ kind: JobKind, _ path: String) async throws -> LogView {
        var log = try await api.get(path + "/logs", ["tail": String(Self.lineLimit + 1)], as: JobLog.self)
        let count = log.events.count
        log.keepEnd(lines: Self.lineLimit, bytes: Self.byteLimit)
        let isCut = log.events.count < count
        return LogView(
            feed: Links.page("jobs", kind.collection, name, "log"),
            lines: log.screen,
            next: log.next,
            isEmpty: log.events.isEmpty,
            isCut: isCut,
            note: isCut ? "the last \(Numbers.count(log.events.count, "line")), clock in UTC" : "clock in UTC"
        )
    }

    // MARK: Kinds

    private func show(_ job: TrainingJob, _ view: inout View) async throws {
        let definition = job.definition
        view.settings = Self.details(definition.hyperparameters)
        view.facts = [Detail(term: "Algorithm", content: definition.algorithm)]
        view.facts += definition.channels.map { Self.place("Data, \($0.name)", $0.uri) }
        view.facts.append(Self.place("Output", definition.output))
        if let model = job.model { view.facts.append(Self.place("Model", model)) }
        if let parent = job.tuningJob {
            view.facts.append(
                Detail(term: "Trial of", content: parent, target: Links.page("jobs", JobKind.tuning.collection, parent))
            )
        }
        view.facts.append(Detail(term: "Stops after", content: Span.long(Double(definition.maxRuntime))))
        view.metrics = job.metrics.map { Detail(term: $0.name, content: Numbers.measure($0.value)) }
        view.hasMetrics = !view.metrics.isEmpty
        view.charts = try await MetricChart.charts(of: job, api)
        view.hasCharts = !view.charts.isEmpty
    }

    private func show(_ job: TuningJob, _ view: inout View) async throws {
        let training = job.definition.training
        view.settings = Self.details(training.hyperparameters)
        view.facts = [
            Detail(term: "Algorithm", content: training.algorithm),
            Detail(term: "Strategy", content: job.definition.strategy.rawValue),
        ]
        view.facts += training.channels.map { Self.place("Data, \($0.name)", $0.uri) }
        view.facts.append(Self.place("Output", training.output))
        if let target = job.definition.target {
            view.facts.append(Detail(term: "Target", content: Numbers.measure(target)))
        }
        let found = try await api.get(
            "/v1/training-jobs",
            ["tuning_job": name, "limit": "1000", "sort": "created_at", "order": "asc"],
            as: JobList<TrainingJob>.self
        )
        let trials = Trials(job, found.jobs)
        view.tuning = trials
        view.progress = trials.progress
    }

    private func show(_ job: TransformJob, _ view: inout View) {
        let definition = job.definition
        let progress = job.progress
        view.facts = [
            Detail(
                term: "Model",
                content: definition.model.name,
                target: Links.page(
                    "models",
                    definition.model.name,
                    query: definition.workspace == Workspace.defaultName ? [:] : ["workspace": definition.workspace]
                )
            ),
            Self.place("Input", definition.input.uri), Self.place("Output", definition.output),
        ]
        guard progress.objects > 0 else { return }
        let done = min(max(progress.objectsDone, 0), progress.objects)
        let failed = progress.recordsFailed == 0 ? "" : ", \(Numbers.count(progress.recordsFailed)) of them failed"
        view.progress = Progress(
            total: progress.objects,
            done: done,
            ended: done,
            words: "\(Numbers.count(done)) of \(Numbers.count(progress.objects, "object")), "
                + "\(Numbers.count(progress.records, "record"))" + failed
        )
    }

    private func show(_ job: LearningCurve, _ view: inout View) {
        let definition = job.definition
        if let training = definition.job {
            view.facts.append(
                Detail(
                    term: "Definition of",
                    content: training,
                    target: Links.page("jobs", JobKind.training.collection, training)
                )
            )
        }
        if let training = definition.training {
            view.settings = Self.details(training.hyperparameters)
            view.facts.append(Detail(term: "Algorithm", content: training.algorithm))
            view.facts += training.channels.map { Self.place("Data, \($0.name)", $0.uri) }
        }
        if let lines = job.lines { view.facts.append(Detail(term: "Lines", content: Numbers.count(lines))) }
        if let lines = job.heldOutLines { view.facts.append(Detail(term: "Held out", content: Numbers.count(lines))) }
        guard !job.points.isEmpty else { return }
        view.curve = Curve(
            metric: job.metric ?? "Metric",
            label: "\(job.metric ?? "Metric") by lines of data",
            rows: job.points.map { point in
                let range = point.metric?.interval
                return Curve.Row(
                    percent: "\(point.percent)\u{00A0}%",
                    lines: Numbers.count(point.lines),
                    value: Numbers.measure(point.metric?.value),
                    lowText: Numbers.measure(range?.lower),
                    highText: Numbers.measure(range?.upper),
                    number: Numbers.exact(point.metric?.value, gap: "NaN"),
                    low: Numbers.exact(range?.lower, gap: "NaN"),
                    high: Numbers.exact(range?.upper, gap: "NaN"),
                    count: Numbers.count(point.values.compactMap(\.self).count)
                )
            }
        )
    }

    private static func details(_ values: [String: String]) -> [Detail] {
        values.sorted { $0.key < $1.key }.map { Detail(term: $0.key, content: $0.value) }
    }

    /// An address in a bucket, with a link to what is there.
    static func place(_ term: String, _ uri: String) -> Detail {
        Detail(term: term, content: uri, target: Links.bucket(uri))
    }
}

extension Links {
    /// The page of the bucket with what is at `s3://BUCKET/KEY`; empty if the text is something else.
    static func bucket(_ uri: String) -> String {
        guard uri.hasPrefix("s3://") else { return "" }
        let parts = uri.dropFirst(5).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bucket = parts.first, !bucket.isEmpty else { return "" }
        let key = parts.count > 1 ? parts[1] : ""
        // The folder that the key is in, because the key may be of an object.
        let folder = key.lastIndex(of: "/").map { String(key[...$0]) } ?? ""
        return page("buckets", String(bucket), query: ["prefix": folder])
    }
}
