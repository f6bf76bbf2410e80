import Definitions
package import Endpoints
package import Events
import Foundation
package import Jobs
package import Loops
package import Monitoring
package import Platform

/// The operation that says at a glance how the server is.
package struct OverviewOperations: OperationGroup {
    private static let day: TimeInterval = 86_400
    /// The most items of each list. Whoever has more needs the lists themselves.
    private static let itemLimit = 100
    private static let workspaceLimit = 1000

    let platform: Platform
    let endpoints: EndpointService
    let events: EventLog
    let releases: ReleaseService
    let assays: AssayService
    let jobs: JobService
    let loops: LoopService

    package init(
        platform: Platform,
        endpoints: EndpointService,
        events: EventLog,
        releases: ReleaseService,
        assays: AssayService,
        jobs: JobService,
        loops: LoopService
    ) {
        self.platform = platform
        self.endpoints = endpoints
        self.events = events
        self.releases = releases
        self.assays = assays
        self.jobs = jobs
        self.loops = loops
    }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/overview",
            id: "getOverview",
            "Get what needs attention, what is under way, and how many things there are",
            returns: Overview.self
        ) { _ in try await overview(at: Date()) }
    }

    private func overview(at now: Date) async throws -> Overview {
        let deployments = await platform.deployments()
        var needs = deployments.compactMap { deployment in
            deployment.error.map { error in
                Overview.Item(
                    .deploymentFailed,
                    .init(.pipeline, deployment.pipeline),
                    pipeline: deployment.pipeline,
                    error,
                    since: deployment.updatedAt
                )
            }
        }
        needs += try await alerts()
        needs += try await happened(now)
        return Overview(
            counts: try await platform.counts(),
            workspaces: try await platform.workspaceSizes(limit: Self.workspaceLimit).map {
                Overview.WorkspaceSize(name: $0.name, models: $0.models, pipelines: $0.pipelines)
            },
            running: deployments.count { $0.state == .running || $0.state == .updating },
            needs: Array(needs.sorted { $0.since > $1.since }.prefix(Self.itemLimit)),
            underWay: Array(try await underWay(now).sorted { $0.since > $1.since }.prefix(Self.itemLimit))
        )
    }

    private func alerts() async throws -> [Overview.Item] {
        var items: [Overview.Item] = []
        for assay in try await assays.assays(AssayQuery(level: .alert, limit: Self.itemLimit)) {
            items.append(try await alert(of: assay))
        }
        return items
    }

    /// Says since when an assay alerts, and what its last window with enough values said.
    private func alert(of assay: Assay) async throws -> Overview.Item {
        var query = EventQuery()
        (query.kinds, query.subjectKind, query.subjectName, query.limit) = ([.assayAlert], .assay, assay.name, 1)
        let began = try await events.events(query).first
        var measured = assay.last.flatMap { $0.status == .notEnoughData ? nil : $0 }
        // It may have been removed since.
        if measured == nil { measured = try? await assays.results(of: assay.name, areMeasured: true, limit: 1).first }
        var details = ["metric": assay.definition.metric]
        var reason = began?.message ?? ""
        if let measured {
            reason = "\(assay.definition.metric): \(measured.reason)"
            details["window_end"] = NativeCoding.timestamp(measured.end)
            details["statistic"] = assay.definition.chosenStatistic.rawValue
            details["score"] = measured.score.map { "\($0)" }
            details["threshold"] = measured.alert.map { "\($0)" }
            if let last = assay.last, last.end > measured.end {
                reason += " No window since had enough values."
                details["values_ended"] = "true"
            }
        }
        if assay.definition.isPaused { details["paused"] = "true" }
        return Overview.Item(
            .driftAlert,
            .init(.assay, assay.name),
            pipeline: assay.definition.pipeline,
            reason,
            since: began?.time ?? measured?.end ?? assay.createdAt,
            details: details
        )
    }

    /// What an event is about, as far as a later event settles it.
    private struct Matter: Hashable {
        let subject: Event.Subject
        let challenger: String?

        init(_ event: Event) {
            // A verdict is on a challenger, whichever report found it.
            challenger = event.kind == .reportVerdict ? event.details["challenger"] : nil
            let pipeline = challenger == nil ? nil : event.details["pipeline"]
            subject = pipeline.map { .init(.pipeline, $0) } ?? event.subject
        }
    }

    /// Returns what happened lately that a person should look at: only the newest of each matter, and only if nothing has settled
    /// it since and what it is about still exists.
    private func happened(_ now: Date) async throws -> [Overview.Item] {
        var query = EventQuery()
        query.since = now.addingTimeInterval(-7 * Self.day)
        query.kinds = Array(Self.kinds.keys) + Self.settling
        query.limit = EventQuery.limit
        var seen: Set<Matter> = []
        var items: [Overview.Item] = []
        var changed: Set<String> = []
        for event in try await events.events(query) {
            let isNewest = seen.insert(Matter(event)).inserted
            let pipeline = event.subject.kind == .pipeline ? event.subject.name : event.details["pipeline"]
            guard let kind = Self.kinds[event.kind] else {
                if let pipeline, Self.changing.contains(event.kind) { changed.insert(pipeline) }
                continue
            }
            guard isNewest, kind == .verdict || event.time > now.addingTimeInterval(-Self.day) else { continue }
            // A verdict is settled when another version answers; without evidence there is nothing to do.
            if kind == .verdict {
                guard let verdict = event.details["verdict"], verdict == "better" || verdict == "worse",
                    pipeline.map({ !changed.contains($0) }) ?? true
                else { continue }
            }
            items.append(
                Overview.Item(
                    kind,
                    event.subject,
                    pipeline: pipeline,
                    kind == .verdict ? Self.verdict(event) : event.message,
                    since: event.time,
                    details: event.details
                )
            )
        }
        return Array(try await existing(items).prefix(Self.itemLimit))
    }

    /// Returns the items whose things still exist.
    private func existing(_ items: [Overview.Item]) async throws -> [Overview.Item] {
        func record(_ item: Overview.Item) -> (NamedRecord, String)? {
            switch item.kind {
            case .suiteFailed: (.suite, item.subject.name)
            case .loopFailed: (.loop, item.subject.name)
            case .verdict, .gateRefused: item.pipeline.map { (.pipeline, $0) }
            default: nil
            }
        }
        var names: [NamedRecord: Set<String>] = [:]
        for (kind, name) in items.compactMap(record) { names[kind, default: []].insert(name) }
        for (kind, asked) in names { names[kind] = try await platform.existing(kind, among: asked) }
        return items.filter { item in record(item).map { names[$0.0]?.contains($0.1) ?? false } ?? true }
    }

    private static func verdict(_ event: Event) -> String {
        guard let challenger = event.details["challenger"], let verdict = event.details["verdict"] else {
            return event.message
        }
        func number(_ name: String) -> String? {
            event.details[name].flatMap { Double($0) }.map { String(format: "%.4g", $0) }
        }
        let champion = event.details["champion"].map { "'\($0)'" } ?? "the champion"
        var words = "'\(challenger)' is \(verdict) than \(champion)"
        if let metric = event.details["metric"], let mine = number("challenger_value"),
            let theirs = number("champion_value")
        {
            words += ": \(metric) is \(mine), against \(theirs)"
            words += event.details["better"].map { "; \($0 == "lower" ? "smaller" : "larger") is better" } ?? ""
        }
        return words + "."
    }

    private static let kinds: [EventKind: Overview.Item.Kind] = [
        .endpointUpdateFailed: .endpointFailed, .gateRefused: .gateRefused, .jobFailed: .jobFailed,
        .limitReached: .limitReached, .loopFailed: .loopFailed, .monitoringAlert: .monitoringAlert,
        .suiteFailed: .suiteFailed, .reportVerdict: .verdict,
    ]

    /// Kinds that settle earlier ones of the same subject.
    private static let settling: [EventKind] =
        [.endpointInService, .endpointDeleted, .jobCompleted, .loopFinished, .monitoringAlertEnded, .suitePassed]
        + changing

    /// Kinds after which another version of a pipeline answers, or none.
    private static let changing: [EventKind] = [
        .pipelineDeployed, .pipelinePromoted, .pipelineRolledBack, .pipelineUndeployed, .releasePromoted,
    ]

    private func underWay(_ now: Date) async throws -> [Overview.Item] {
        var items = await releases.openReleases().map { status in
            let release = status.release
            return Overview.Item(
                .releaseRunning,
                .init(.release, release.id),
                pipeline: release.pipeline,
                status.stage.map { stage in
                    let percent = (stage.share * 100).formatted(.number.precision(.significantDigits(1...4)))
                    return "The candidate answers \(percent)\u{00A0}% of the requests."
                }
                    ?? release.steps.last.map { "Step \($0.kind.rawValue)." } ?? "Waiting to begin.",
                since: release.createdAt
            )
        }
        var query = JobQuery()
        query.status = .inProgress
        query.limit = Self.itemLimit
        items += try await jobs.jobs(TrainingJob.self, query).filter { $0.parent == nil }.map(Self.item)
        items += try await jobs.jobs(TuningJob.self, query).map(Self.item)
        items += try await jobs.jobs(TransformJob.self, query).map(Self.item)
        for loop in await loops.activity() where loop.isRunning {
            guard let run = try await loops.runs(of: loop.loop, limit: 1).first else { continue }
            items.append(
                Overview.Item(
                    .loopRunning,
                    .init(.loop, loop.loop),
                    pipeline: loop.pipeline,
                    run.steps.last.map { "Step \($0.kind.rawValue)." } ?? "Begins.",
                    since: run.startedAt
                )
            )
        }
        return items
    }

    private static func item(_ job: some Job) -> Overview.Item {
        let phase = job.state.phases.last
        return Overview.Item(
            .jobRunning,
            .init(.job, job.name),
            pipeline: nil,
            phase.map { $0.message.isEmpty ? $0.name : "\($0.name): \($0.message)" } ?? "",
            since: job.state.createdAt,
            details: ["kind": type(of: job).kind.rawValue]
        )
    }
}
