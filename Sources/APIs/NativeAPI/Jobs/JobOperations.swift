package import Definitions
package import Jobs
import LineLogs
import WorkThreads

/// The operations on the jobs of a kind.
package struct JobOperations<Value: Job & WireType, Definition: WireType & Decodable & Sendable>: OperationGroup {
    private let service: JobService
    private let start: @Sendable (Definition) async throws -> Value
    private let stop: @Sendable (String) async throws -> Void
    /// The parameters that select jobs, besides those that all kinds have.
    private var filters: [QueryParameter] = []

    private init(
        _ service: JobService,
        start: @escaping @Sendable (Definition) async throws -> Value,
        stop: @escaping @Sendable (String) async throws -> Void
    ) {
        self.service = service
        self.start = start
        self.stop = stop
    }

    package var operations: [APIOperation] {
        let noun = Value.kind.noun
        let path = "/v1/\(Value.kind.collection)"
        let name = Value.schemaName

        APIOperation(
            .post,
            path,
            id: "create\(name)",
            "Start a \(noun)",
            body: Definition.self,
            returns: Value.self,
            status: .created
        ) { _, definition in try await start(definition) }

        APIOperation(
            .get,
            path,
            id: "list\(name)s",
            "List \(noun)s, by default newest first",
            query: [
                QueryParameter("name_contains"), QueryParameter("status"), QueryParameter("sort"),
                QueryParameter("order"), QueryParameter("limit", .integer(min: 1)),
                QueryParameter("offset", .integer(min: 0)),
            ] + filters,
            returns: JobList<Value>.self,
            handler: list
        )

        APIOperation(
            .get,
            "\(path)/{job}",
            id: "get\(name)",
            "Get a \(noun)",
            returns: Value.self,
            handler: job
        )

        APIOperation(
            .post,
            "\(path)/{job}/stop",
            id: "stop\(name)",
            "Stop a \(noun)",
            returns: Value.self,
            status: .accepted
        ) { call in
            try await stop(call.parameter("job"))
            return try await job(call)
        }

        APIOperation(
            .get,
            "\(path)/{job}/logs",
            id: "get\(name)Logs",
            "Get the output of a \(noun), oldest lines first",
            query: [
                QueryParameter("from", .integer(min: 0)), QueryParameter("limit", .integer(min: 1)),
                QueryParameter("tail", .described("Only so many of the last lines.", .integer(min: 1, max: 10_000))),
            ],
            returns: JobLog.self,
            handler: log
        )
    }

    private func job(_ call: Call) async throws -> Value {
        let name = try call.parameter("job")
        guard let recorded = try await service.job(Value.self, named: name) else {
            throw JobRejection.missing(Value.kind, name)
        }
        return recorded.job
    }

    private func list(_ call: Call) async throws -> JobList<Value> {
        var query = JobQuery()
        query.nameContains = call.query("name_contains")
        query.parent = call.query("tuning_job")
        query.status = try call.choice("status", JobState.Status.allCases.map { ($0.rawValue, $0) })
        query.order =
            try call.choice("sort", [("name", .name), ("created_at", .createdAt), ("status", .status)]) ?? .createdAt
        query.isDescending =
            try call.choice("order", [("asc", false), ("desc", true)]) ?? (query.order == .createdAt)
        query.offset = try call.number("offset", 0...Int(Int32.max)) ?? 0
        let limit = try call.number("limit", 1...1000) ?? 100
        query.limit = limit + 1
        let jobs = try await service.jobs(Value.self, query)
        return JobList(
            jobs: Array(jobs.prefix(limit)),
            nextOffset: jobs.count > limit ? query.offset + limit : nil,
            total: try await service.count(Value.self, query)
        )
    }

    private func log(_ call: Call) async throws -> JobLog {
        let name = try await job(call).name
        // No log is longer than the upper bound.
        let from = try call.number("from", 0...1 << 48) ?? 0
        let limit = try call.number("limit", 1...10_000) ?? 1000
        let tail = try call.number("tail", 1...10_000)
        let (events, next) = try await offload { [logs = service.logs] in
            if let tail {
                try logs.lastEvents(of: Value.kind, name, limit: tail)
            } else {
                try logs.events(of: Value.kind, name, from: from, limit: limit)
            }
        }
        return JobLog(events: events.map { .init(time: $0.time, message: $0.message) }, next: next)
    }
}

extension JobOperations<TrainingJob, TrainingDefinition> {
    package init(training service: JobService) {
        self.init(
            service,
            start: { try await service.train($0) },
            stop: { try await service.stopTraining($0) }
        )
        filters = [QueryParameter("tuning_job")]
    }
}

extension JobOperations<TuningJob, TuningDefinition> {
    package init(tuning service: JobService) {
        self.init(
            service,
            start: { try await service.tune($0) },
            stop: { try await service.stopTuning($0) }
        )
    }
}

extension JobOperations<TransformJob, TransformDefinition> {
    package init(transform service: JobService) {
        self.init(
            service,
            start: { try await service.transform($0) },
            stop: { try await service.stopTransform($0) }
        )
    }
}

extension JobOperations<LearningCurve, LearningCurveDefinition> {
    package init(curves service: JobService) {
        self.init(
            service,
            start: { try await service.drawCurve($0) },
            stop: { try await service.stopCurve($0) }
        )
    }
}
