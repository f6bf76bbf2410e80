package import Definitions

/// An action on jobs of any kind.
package enum JobAction: Sendable {
    case create, list, get, stop, logs
}

extension APIOperation {
    /// The kind of job and the action, or `nil` if the operation is not about jobs.
    package var job: (kind: JobKind, action: JobAction)? {
        switch self {
        case .createTrainingJob: (.training, .create)
        case .listTrainingJobs: (.training, .list)
        case .getTrainingJob: (.training, .get)
        case .stopTrainingJob: (.training, .stop)
        case .getTrainingJobLogs: (.training, .logs)
        case .createTuningJob: (.tuning, .create)
        case .listTuningJobs: (.tuning, .list)
        case .getTuningJob: (.tuning, .get)
        case .stopTuningJob: (.tuning, .stop)
        case .getTuningJobLogs: (.tuning, .logs)
        case .createTransformJob: (.transform, .create)
        case .listTransformJobs: (.transform, .list)
        case .getTransformJob: (.transform, .get)
        case .stopTransformJob: (.transform, .stop)
        case .getTransformJobLogs: (.transform, .logs)
        default: nil
        }
    }

    static func description(of job: (kind: JobKind, action: JobAction)) -> Description {
        let kind = job.kind.rawValue
        let path = "/v1/\(kind)-jobs"
        let schema = job.kind.schema
        return switch job.action {
        case .create:
            Description(
                method: "POST",
                path: path,
                summary: "Start a \(kind) job",
                request: job.kind.definitionSchema,
                status: 201,
                response: schema
            )
        case .list:
            Description(
                method: "GET",
                path: path,
                summary: "List \(kind) jobs, by default newest first",
                query: JobListQuery.names + (job.kind == .training ? ["tuning_job"] : []),
                status: 200,
                response: schema + "List"
            )
        case .get:
            Description(
                method: "GET",
                path: "\(path)/{job}",
                summary: "Get a \(kind) job",
                status: 200,
                response: schema
            )
        case .stop:
            Description(
                method: "POST",
                path: "\(path)/{job}/stop",
                summary: "Stop a \(kind) job",
                status: 202,
                response: schema
            )
        case .logs:
            Description(
                method: "GET",
                path: "\(path)/{job}/logs",
                summary: "Get the output of a \(kind) job, oldest lines first",
                query: ["from", "limit"],
                status: 200,
                response: "JobLog"
            )
        }
    }
}

/// The query parameters of a list of jobs.
package enum JobListQuery {
    package static let names = ["name_contains", "status", "sort", "order", "limit", "offset"]
}

extension JobKind {
    /// The name of the job's schema.
    var schema: String {
        switch self {
        case .training: "TrainingJob"
        case .tuning: "TuningJob"
        case .transform: "TransformJob"
        }
    }

    var definitionSchema: String {
        switch self {
        case .training: "TrainingDefinition"
        case .tuning: "TuningDefinition"
        case .transform: "TransformDefinition"
        }
    }
}
