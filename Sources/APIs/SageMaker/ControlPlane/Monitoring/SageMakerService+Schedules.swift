import AWS
import Analyses
import Definitions
import Foundation
import Platform

/// What SageMaker keeps with a monitoring schedule, and with each of its runs.
struct ScheduleNote: Codable, Sendable {
    var arn: String
    /// The `MonitoringScheduleConfig` as requested.
    var config: JSON
    var request: MonitorRequest
    /// `nil` if the job definition is within the configuration.
    var definitionName: String?

    /// - Returns: `nil` if the text is none.
    init?(_ text: String?) {
        guard let text, let note = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
        self = note
    }

    init(arn: String, config: JSON, request: MonitorRequest, definitionName: String?) {
        self.arn = arn
        self.config = config
        self.request = request
        self.definitionName = definitionName
    }
}

extension SageMakerService {
    static let scheduleOperations: [String: Operation] = [
        "CreateMonitoringSchedule": { try await $0.createSchedule($1) },
        "DescribeMonitoringSchedule": { try await $0.describeSchedule($1) },
        "UpdateMonitoringSchedule": { try await $0.updateSchedule($1) },
        "DeleteMonitoringSchedule": { try await $0.deleteSchedule($1) },
        "StartMonitoringSchedule": { try await $0.startSchedule($1) },
        "StopMonitoringSchedule": { try await $0.stopSchedule($1) },
        "ListMonitoringSchedules": { try await $0.listSchedules($1) },
    ]

    static let scheduleKind = "monitoring-schedule"

    private func createSchedule(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("MonitoringScheduleName")
        let arn = call.arn(Self.scheduleKind, name)
        let (timetable, monitor, note) = try await plan(call, arn: arn)
        let schedule = MonitoringSchedule(
            name: name,
            timetable: timetable,
            monitor: monitor,
            note: try encoded(note),
            at: call.time
        )
        try await wordedSchedule(call) { try await schedules.create(schedule) }
        try await keepTags(call, of: arn)
        return .object(["MonitoringScheduleArn": .string(arn)])
    }

    /// Reads what a request wants a schedule to do.
    private func plan(_ call: AWSCall, arn: String) async throws -> (Timetable, Monitor, ScheduleNote) {
        let config = call.input["MonitoringScheduleConfig"] ?? .object([:])
        let definitionName = config["MonitoringJobDefinitionName"]?.string
        let request: MonitorRequest
        switch (definitionName, config["MonitoringJobDefinition"]) {
        case (let definitionName?, nil):
            let kind = try Self.monitoringKind(config)
            request = try MonitorRequest(
                kind,
                definition: try await jobDefinition(kind, definitionName, call).value.request
            )
        case (nil, let definition?):
            _ = try Self.monitoringKind(config)
            request = try MonitorRequest(inline: definition)
        default:
            throw AWSError.validation("Specify either MonitoringJobDefinition or MonitoringJobDefinitionName.")
        }
        let scheduleConfig = config["ScheduleConfig"]
        let timetable = try Timetable(scheduleConfig)
        var monitor = try request.monitor(scheduleConfig)
        try await checkMonitored(monitor.captures.endpoint, call)
        if let job = request.baseline?["BaseliningJobName"]?.string {
            try await fill(&monitor, from: job, statistics: request.kind == .dataQuality)
        }
        let note = ScheduleNote(arn: arn, config: config, request: request, definitionName: definitionName)
        return (timetable, monitor, note)
    }

    private static func monitoringKind(_ config: JSON) throws -> MonitorRequest.Kind {
        let type = config["MonitoringType"]?.string ?? MonitorRequest.Kind.dataQuality.rawValue
        guard let kind = MonitorRequest.Kind(rawValue: type) else {
            throw AWSError.unsupported(
                "MonitoringScheduleConfig",
                "MonitoringType",
                reason: "only DataQuality and ModelQuality are monitored, not bias and explainability."
            )
        }
        return kind
    }

    /// Takes the files of a baselining job, unless others are specified.
    private func fill(_ monitor: inout Monitor, from job: String, statistics: Bool) async throws {
        guard let analysis = try await analyses.entry(named: job)?.analysis else {
            throw AWSError.validation("Could not find the baselining job with name: \(job)")
        }
        let folder = analysis.output.hasSuffix("/") ? analysis.output : analysis.output + "/"
        monitor.baseline.constraints = monitor.baseline.constraints ?? folder + "constraints.json"
        if statistics { monitor.baseline.statistics = monitor.baseline.statistics ?? folder + "statistics.json" }
    }

    private func describeSchedule(_ call: AWSCall) async throws -> JSON? {
        let schedule = try await schedule(call)
        let note = ScheduleNote(schedule.note)
        // Not one of an earlier schedule of this name.
        let latest = try await analyses.runs(of: schedule.name, limit: 1).first {
            $0.state.createdAt >= schedule.createdAt
        }
        return Self.summary(schedule, call).merging([
            "MonitoringScheduleConfig": note?.config ?? .object([:]),
            "LastMonitoringExecutionSummary": latest.map { execution($0, note, call) },
        ])
    }

    private static func summary(_ schedule: MonitoringSchedule, _ call: AWSCall) -> JSON {
        let note = ScheduleNote(schedule.note)
        return .members([
            "MonitoringScheduleName": .string(schedule.name),
            "MonitoringScheduleArn": .string(note?.arn ?? call.arn(scheduleKind, schedule.name)),
            "MonitoringScheduleStatus": .string(schedule.isStopped ? "Stopped" : "Scheduled"),
            "CreationTime": .time(schedule.createdAt),
            "LastModifiedTime": .time(schedule.modifiedAt),
            "EndpointName": .string(schedule.monitor.captures.endpoint),
            "MonitoringJobDefinitionName": note?.definitionName.map(JSON.string),
            "MonitoringType": note.map { .string($0.request.kind.rawValue) },
        ])
    }

    private func updateSchedule(_ call: AWSCall) async throws -> JSON? {
        let schedule = try await schedule(call)
        let arn = ScheduleNote(schedule.note)?.arn ?? call.arn(Self.scheduleKind, schedule.name)
        let (timetable, monitor, note) = try await plan(call, arn: arn)
        let text = try encoded(note)
        try await wordedSchedule(call) {
            try await schedules.change(schedule.name) { $0.change(timetable, monitor, note: text, at: $1) }
        }
        return .object(["MonitoringScheduleArn": .string(arn)])
    }

    private func deleteSchedule(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("MonitoringScheduleName")
        try await wordedSchedule(call) { try await schedules.delete(name) }
        try await removeTags(of: call.arn(Self.scheduleKind, name))
        return nil
    }

    private func startSchedule(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("MonitoringScheduleName")
        try await wordedSchedule(call) { try await schedules.change(name) { $0.start(at: $1) } }
        return nil
    }

    private func stopSchedule(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("MonitoringScheduleName")
        try await wordedSchedule(call) { try await schedules.change(name) { $0.stop(at: $1) } }
        return nil
    }

    private func listSchedules(_ call: AWSCall) async throws -> JSON? {
        let found = try await schedules.all().compactMap { schedule -> ListedResource? in
            let summary = Self.summary(schedule, call)
            let filters = [
                "EndpointName": "EndpointName", "StatusEquals": "MonitoringScheduleStatus",
                "MonitoringJobDefinitionName": "MonitoringJobDefinitionName", "MonitoringTypeEquals": "MonitoringType",
            ]
            for (filter, member) in filters {
                if let wanted = call.input[filter], wanted != summary[member] { return nil }
            }
            return ListedResource(
                name: schedule.name,
                createdAt: schedule.createdAt,
                modifiedAt: schedule.modifiedAt,
                status: schedule.isStopped ? "Stopped" : "Scheduled",
                summary: summary
            )
        }
        return try ListedResource.page(call, found, as: "MonitoringScheduleSummaries")
    }

    /// The schedule that a request names.
    func schedule(_ call: AWSCall) async throws -> MonitoringSchedule {
        let name = try call.input.required("MonitoringScheduleName")
        return try await wordedSchedule(call) { try await schedules.schedule(named: name) }
    }

    /// Returns the result of a request about schedules. A rejection is worded as SageMaker's.
    func wordedSchedule<Result>(_ call: AWSCall, _ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch ScheduleRejection.exists(let name) {
            throw AWSError(
                "ResourceInUse",
                "Monitoring schedule names must be unique within an AWS account and region, and a monitoring schedule with this name "
                    + "already exists (\(call.arn(Self.scheduleKind, name)))"
            )
        } catch ScheduleRejection.missing(let name) {
            // In AWS's words: https://github.com/aws/sagemaker-python-sdk/pull/2708
            throw AWSError("ResourceNotFound", "Monitoring Schedule \(call.arn(Self.scheduleKind, name)) not found")
        }
    }
}
