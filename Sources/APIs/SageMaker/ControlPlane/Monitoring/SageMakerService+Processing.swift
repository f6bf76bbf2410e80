import AWS
import Analyses
import Definitions
import Endpoints
import Foundation

/// Processing jobs: those of Model Monitor's analyzer, which make baselines, and the runs of monitoring schedules.
extension SageMakerService {
    static let processingOperations: [String: Operation] = [
        "CreateProcessingJob": { try await $0.createProcessingJob($1) },
        "DescribeProcessingJob": { try await $0.describeProcessingJob($1) },
        "ListProcessingJobs": { try await $0.listProcessingJobs($1) },
        "StopProcessingJob": { try await $0.stopProcessingJob($1) },
    ]

    static let processingKind = "processing-job"

    private func createProcessingJob(_ call: AWSCall) async throws -> JSON? {
        let analysis = try ProcessingRequest(call.input).analysis(at: call.time)
        let request = call.input.without("Tags")
        try await wordedJob(call) {
            try await analyses.check(analysis)
            try await analyses.start(analysis, request: request.text)
        }
        let arn = call.arn(Self.processingKind, analysis.name)
        try await keepTags(call, of: arn)
        return .object(["ProcessingJobArn": .string(arn)])
    }

    private func describeProcessingJob(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("ProcessingJobName")
        guard let entry = try await analyses.entry(named: name) else { throw Self.noProcessingJob(name) }
        let analysis = entry.analysis
        let note = analysis.schedule == nil ? nil : ScheduleNote(entry.request)
        let asked: JSON
        if let note {
            asked = ProcessingRequest.described(note, analysis, captures: await captures(of: analysis.endpoint))
        } else {
            asked = entry.request.flatMap { JSON(parsing: Data($0.utf8)) } ?? .object([:])
        }
        let resources = JSON.object([
            "ClusterConfig": .object([
                "InstanceCount": .number(1), "InstanceType": .string("local"), "VolumeSizeInGB": .number(30),
            ])
        ])
        return JSON.object(["ProcessingResources": resources, "ProcessingInputs": .array([])]).merging(
            asked.object ?? [:]
        ).merging(Self.summary(analysis, call).object ?? [:]).merging([
            "ProcessingStartTime": analysis.state.startedAt.map(JSON.time),
            "MonitoringScheduleArn": note.map { .string($0.arn) },
        ])
    }

    /// Where an endpoint stores what it captures now.
    private func captures(of endpoint: String?) async -> String? {
        guard let endpoint else { return nil }
        return try? await endpoints.entry(named: endpoint)?.record.serving?.definition.capture?.destination
    }

    private static func summary(_ analysis: Analysis, _ call: AWSCall) -> JSON {
        .members([
            "ProcessingJobName": .string(analysis.name),
            "ProcessingJobArn": .string(call.arn(processingKind, analysis.name)),
            "ProcessingJobStatus": .string(analysis.state.status.rawValue),
            "CreationTime": .time(analysis.state.createdAt),
            "LastModifiedTime": .time(analysis.state.modifiedAt),
            "ProcessingEndTime": analysis.state.endedAt.map(JSON.time),
            "FailureReason": analysis.state.failureReason.map { .string(String($0.prefix(1024))) },
            "ExitMessage": exitMessage(analysis).map(JSON.string),
        ])
    }

    /// What the analyzer says at its end; clients look for its first word.
    private static func exitMessage(_ analysis: Analysis) -> String? {
        guard analysis.state.status == .completed else { return nil }
        guard let count = analysis.outcome?.violationCount, count > 0 else {
            return "Completed: Job completed successfully with no violations."
        }
        return "CompletedWithViolations: Job completed successfully with \(count) violations."
    }

    private func listProcessingJobs(_ call: AWSCall) async throws -> JSON? {
        let status = call.input["StatusEquals"]?.string
        let found = try await analyses.all().compactMap { analysis -> ListedResource? in
            if let status, status != analysis.state.status.rawValue { return nil }
            return ListedResource(
                name: analysis.name,
                createdAt: analysis.state.createdAt,
                modifiedAt: analysis.state.modifiedAt,
                status: analysis.state.status.rawValue,
                summary: Self.summary(analysis, call)
            )
        }
        return try ListedResource.page(call, found, as: "ProcessingJobSummaries")
    }

    private func stopProcessingJob(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("ProcessingJobName")
        try await wordedJob(call) { try await analyses.stop(name) }
        return nil
    }

    private static func noProcessingJob(_ name: String) -> AWSError {
        .validation("Could not find requested job with name: \(name)")
    }

    /// Returns the result of a request about processing jobs. A rejection is worded as SageMaker's.
    private func wordedJob(_ call: AWSCall, _ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch AnalysisRejection.nameTaken(let name) {
            throw AWSError(
                "ResourceInUse",
                "Job name must be unique within an AWS account and region, and a job with this name already exists "
                    + "(\(call.arn(Self.processingKind, name)))"
            )
        } catch AnalysisRejection.missing(let name) {
            throw Self.noProcessingJob(name)
        } catch AnalysisRejection.ended(_, let status) {
            throw AWSError.validation(
                "The request was rejected because the processing job is in status \(status.rawValue)."
            )
        } catch AnalysisRejection.noData(let uri) {
            throw AWSError.validation(
                "No S3 objects found under S3 URL \"\(uri)\" given in input data source. Please ensure that the bucket exists in the selected "
                    + "region (\(call.region)), and that objects exist under that S3 prefix."
            )
        }
    }
}
