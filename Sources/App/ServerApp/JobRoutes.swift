import Definitions
import Foundation
import HTTPTypes
import Hummingbird
import Jobs
import LineLogs
import NativeAPI
import Platform
import WorkThreads

/// The routes of training, tuning and transform jobs.
struct JobRoutes: Sendable {
    let service: JobService

    func respond(to action: JobAction, _ kind: JobKind, _ call: ControlRoutes.Call) async throws -> Response {
        switch kind {
        case .training:
            try await respond(
                to: action,
                TrainingJob.self,
                call,
                create: { try await service.train(call.decode(TrainingDefinition.self)) },
                stop: { try await service.stopTraining($0) }
            )
        case .tuning:
            try await respond(
                to: action,
                TuningJob.self,
                call,
                create: { try await service.tune(call.decode(TuningDefinition.self)) },
                stop: { try await service.stopTuning($0) }
            )
        case .transform:
            try await respond(
                to: action,
                TransformJob.self,
                call,
                create: { try await service.transform(call.decode(TransformDefinition.self)) },
                stop: { try await service.stopTransform($0) }
            )
        }
    }

    private func respond<Value: Job>(
        to action: JobAction,
        _ type: Value.Type,
        _ call: ControlRoutes.Call,
        create: () async throws -> Value,
        stop: (String) async throws -> Void
    ) async throws -> Response {
        switch action {
        case .create: return try json(await create(), status: .created)
        case .list: return try json(await list(type, call))
        case .get: return try json(await job(type, call))
        case .stop:
            try await stop(call.parameter("job"))
            return try json(await job(type, call), status: .accepted)
        case .logs: return try json(await log(of: job(type, call), call))
        }
    }

    private func job<Value: Job>(_ type: Value.Type, _ call: ControlRoutes.Call) async throws -> Value {
        let name = try call.parameter("job")
        guard let recorded = try await service.job(type, named: name) else {
            throw JobRejection.missing(type.kind, name)
        }
        return recorded.job
    }

    private func list<Value: Job>(_ type: Value.Type, _ call: ControlRoutes.Call) async throws -> JobList<Value> {
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
        let jobs = try await service.jobs(type, query)
        return JobList(jobs: Array(jobs.prefix(limit)), nextOffset: jobs.count > limit ? query.offset + limit : nil)
    }

    private func log(of job: some Job, _ call: ControlRoutes.Call) async throws -> JobLog {
        // No log is longer than the upper bound.
        let from = try call.number("from", 0...1 << 48) ?? 0
        let limit = try call.number("limit", 1...10_000) ?? 1000
        let (kind, name) = (type(of: job).kind, job.name)
        let (events, next) = try await offload { [logs = service.logs] in
            try logs.events(of: kind, name, from: from, limit: limit)
        }
        return JobLog(events: events.map { .init(time: $0.time, message: $0.message) }, next: next)
    }

    private func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(json: Array(try NativeCoding.encoder.encode(value)), status: status)
    }
}

extension ControlRoutes.Call {
    /// Returns a query parameter that is a whole number.
    func number(_ name: String, _ range: ClosedRange<Int>) throws(RoostError) -> Int? {
        guard let text = query(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw RoostError(
                .invalidInput,
                "'\(name)' must be a number from \(range.lowerBound) to \(range.upperBound), not '\(text.prefix(40))'.",
                field: name
            )
        }
        return value
    }

    /// Returns a query parameter that is one of a few words.
    func choice<Value>(_ name: String, _ choices: [(String, Value)]) throws(RoostError) -> Value? {
        guard let text = query(name) else { return nil }
        guard let choice = choices.first(where: { $0.0 == text }) else {
            throw RoostError(
                .invalidInput,
                "Unknown value '\(text.prefix(40))' for '\(name)'. Expected one of: "
                    + "\(choices.map(\.0).joined(separator: ", ")).",
                field: name
            )
        }
        return choice.1
    }
}
