import AWS
import Analyses
import Definitions
import Foundation

extension SageMakerService {
    static let executionOperations: [String: Operation] = [
        "ListMonitoringExecutions": { try await $0.listExecutions($1) },
        "ListMonitoringAlerts": { try await $0.listAlerts($1) },
        "UpdateMonitoringAlert": { try await $0.updateAlert($1) },
        "ListMonitoringAlertHistory": { try await $0.listAlertHistory($1) },
    ]

    /// The name of the one alert of each schedule.
    private static let alertName = "violations"

    // MARK: Executions

    private func listExecutions(_ call: AWSCall) async throws -> JSON? {
        let input = call.input
        let name = input["MonitoringScheduleName"]?.string
        var notes: [String: ScheduleNote] = [:]
        for schedule in try await schedules.all() { notes[schedule.name] = ScheduleNote(schedule.note) }
        let filters = [
            "EndpointName": "EndpointName", "StatusEquals": "MonitoringExecutionStatus",
            "MonitoringJobDefinitionName": "MonitoringJobDefinitionName", "MonitoringTypeEquals": "MonitoringType",
        ]
        let found = try await analyses.runs(of: name).compactMap { run -> ListedResource? in
            guard let time = run.run?.time, let schedule = run.schedule else { return nil }
            let summary = execution(run, notes[schedule], call)
            for (filter, member) in filters {
                if let wanted = input[filter], wanted != summary[member] { return nil }
            }
            if let after = input["ScheduledTimeAfter"]?.date, time < after { return nil }
            if let before = input["ScheduledTimeBefore"]?.date, time > before { return nil }
            return ListedResource(
                name: run.name,
                createdAt: run.state.createdAt,
                modifiedAt: run.state.modifiedAt,
                status: run.executionStatus,
                scheduledAt: time,
                summary: summary
            )
        }
        return try ListedResource.page(call, found, as: "MonitoringExecutionSummaries")
    }

    /// Describes a run of a schedule.
    ///
    /// - Parameter note: That of the schedule; `nil` if it was deleted.
    func execution(_ run: Analysis, _ note: ScheduleNote?, _ call: AWSCall) -> JSON {
        let kind: MonitorRequest.Kind = if case .modelQuality = run.kind { .modelQuality } else { .dataQuality }
        return .members([
            "MonitoringScheduleName": run.schedule.map(JSON.string),
            "ScheduledTime": run.run.map { .time($0.time) },
            "CreationTime": .time(run.state.createdAt),
            "LastModifiedTime": .time(run.state.modifiedAt),
            "MonitoringExecutionStatus": .string(run.executionStatus),
            "ProcessingJobArn": .string(call.arn(Self.processingKind, run.name)),
            "EndpointName": run.endpoint.map(JSON.string),
            "FailureReason": run.state.failureReason.map { .string(String($0.prefix(1024))) },
            "MonitoringJobDefinitionName": note?.definitionName.map(JSON.string),
            "MonitoringType": .string(kind.rawValue),
        ])
    }

    // MARK: Alerts

    private func listAlerts(_ call: AWSCall) async throws -> JSON? {
        let alert = try await schedule(call).alert
        let summary = JSON.object([
            "MonitoringAlertName": .string(Self.alertName),
            "CreationTime": .time(alert.createdAt),
            "LastModifiedTime": .time(alert.modifiedAt),
            "AlertStatus": .string(Self.status(isOn: alert.isOn)),
            "DatapointsToAlert": .number(Double(alert.datapointsToAlert)),
            "EvaluationPeriod": .number(Double(alert.evaluationPeriod)),
            "Actions": .object(["ModelDashboardIndicator": .object(["Enabled": .bool(true)])]),
        ])
        let (found, next) = try Page(call).cut([summary])
        return .members(["MonitoringAlertSummaries": .array(found), "NextToken": next])
    }

    private static func status(isOn: Bool) -> String { isOn ? "InAlert" : "OK" }

    private func updateAlert(_ call: AWSCall) async throws -> JSON? {
        let schedule = try await schedule(call)
        let name = try call.input.required("MonitoringAlertName")
        guard name == Self.alertName else {
            throw AWSError(
                "ResourceNotFound",
                "Could not find alert \"\(name)\" of monitoring schedule \"\(schedule.name)\". Its one alert is \"\(Self.alertName)\"."
            )
        }
        let datapoints = call.input["DatapointsToAlert"]?.int ?? 1
        let period = call.input["EvaluationPeriod"]?.int ?? 1
        guard datapoints <= period else {
            throw AWSError.validation("DatapointsToAlert must not be greater than EvaluationPeriod.")
        }
        try await wordedSchedule(call) {
            try await schedules.changeAlert(schedule.name, datapointsToAlert: datapoints, evaluationPeriod: period)
        }
        return .object([
            "MonitoringScheduleArn": .string(call.arn(Self.scheduleKind, schedule.name)),
            "MonitoringAlertName": .string(name),
        ])
    }

    private func listAlertHistory(_ call: AWSCall) async throws -> JSON? {
        let input = call.input
        let wanted =
            input["MonitoringScheduleName"] == nil
            ? try await schedules.all() : [try await schedule(call)]
        let isNamed = input["MonitoringAlertName"].map { $0.string == Self.alertName } ?? true
        let found = (isNamed ? wanted : []).flatMap { schedule in
            schedule.alert.history.compactMap { change -> ListedResource? in
                let status = Self.status(isOn: change.isOn)
                if let wanted = input["StatusEquals"]?.string, wanted != status { return nil }
                return ListedResource(
                    name: schedule.name,
                    createdAt: change.time,
                    modifiedAt: change.time,
                    status: status,
                    summary: .object([
                        "MonitoringScheduleName": .string(schedule.name),
                        "MonitoringAlertName": .string(Self.alertName),
                        "CreationTime": .time(change.time), "AlertStatus": .string(status),
                    ])
                )
            }
        }
        return try ListedResource.page(call, found, as: "MonitoringAlertHistory")
    }
}

extension Analysis {
    /// The status of a run in the words of SageMaker.
    var executionStatus: String {
        switch state.status {
        case .inProgress: state.startedAt == nil ? "Pending" : "InProgress"
        case .stopping, .failed, .stopped: state.status.rawValue
        case .completed: (outcome?.violationCount ?? 0) > 0 ? "CompletedWithViolations" : "Completed"
        }
    }
}
