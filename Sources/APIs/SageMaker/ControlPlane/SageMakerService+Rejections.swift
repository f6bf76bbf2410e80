import AWS
import Definitions
import Jobs

extension SageMakerService {
    /// Returns the result of a request to Jobs. A rejection is worded as SageMaker's.
    ///
    /// - Parameter role: Returns the role of the job that a rejection is about, which AWS names if data or images are missing.
    func worded<Result>(
        _ call: AWSCall,
        role: (JobRejection) -> String? = { _ in nil },
        _ work: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await work()
        } catch let rejection as JobRejection {
            throw Self.refusal(rejection, role: role(rejection) ?? "", call)
        } catch let error as RoostError {
            throw RoostError(error.code, Self.withMembers(error.message), field: error.field)
        }
    }

    /// The members of requests for which jobs have names of their own.
    private static let members = [
        "max_parallel_trials": "MaxParallelTrainingJobs", "max_trials": "MaxNumberOfTrainingJobs",
        "max_trials_without_improvement": "MaxNumberOfTrainingJobsNotImproving",
        "max_runtime": "MaxRuntimeInSeconds", "early_stopping": "TrainingJobEarlyStoppingType",
        "resource": "StrategyConfig", "resource.min": "MinResource", "resource.max": "MaxResource",
        "metrics": "MetricDefinitions", "hyperparameters": "HyperParameters", "channels": "InputDataConfig",
        "max_payload": "MaxPayloadInMB", "max_concurrent": "MaxConcurrentTransforms", "input_filter": "InputFilter",
        "output_filter": "OutputFilter", "batching": "BatchStrategy", "split": "SplitType", "assemble": "AssembleWith",
        "join": "JoinSource", "environment": "Environment", "checkpoints": "CheckpointConfig",
    ]

    /// Returns a message of a job's check in which quoted names are those of SageMaker's members.
    static func withMembers(_ message: String) -> String {
        let parts = message.split(separator: "'", omittingEmptySubsequences: false)
        return parts.enumerated().map { index, part in
            index.isMultiple(of: 2) ? String(part) : members[String(part)] ?? String(part)
        }
        .joined(separator: "'")
    }

    /// Words a rejection as SageMaker does.
    ///
    /// - Source: The messages that AWS's users report: training jobs in https://github.com/boto/boto3/issues/2808 and
    ///   https://github.com/aws/amazon-sagemaker-examples/pull/3108, tuning jobs in issues 1540 and 2440 of
    ///   https://github.com/aws/amazon-sagemaker-examples, missing data in 2489 and missing images in 2534, and
    ///   the stop of jobs in `_stop_running_jobs` of https://github.com/DIAGNijmegen/rse-grand-challenge.
    static func refusal(_ rejection: JobRejection, role: String = "", _ call: AWSCall) -> AWSError {
        switch rejection {
        case .nameTaken(.training, let name):
            AWSError(
                "ResourceInUse",
                "Training job names must be unique within an AWS account and region, and a training job with this name "
                    + "already exists (\(call.arn("training-job", name)))"
            )
        case .nameTaken(.transform, let name):
            AWSError(
                "ResourceInUse",
                "Job name must be unique within an AWS account and region, and a job with this name already exists "
                    + "(\(call.arn("transform-job", name)))"
            )
        case .nameTaken(.tuning, let name):
            AWSError(
                "ResourceInUse",
                "A hyperparameter tuning job with the name, \(name), already exists. Choose a different name."
            )
        // As AWS does, although its documentation says `ResourceNotFound`.
        case .missing(.training, _): .validation("Requested resource not found.")
        case .missing(.transform, let name):
            .validation(
                call.operation == "StopTransformJob"
                    ? "Could not find job to update with name: \(name)"
                    : "Could not find requested job with name: \(name)"
            )
        case .missing(.tuning, let name):
            AWSError(
                "ResourceNotFound",
                "Amazon SageMaker can't find a tuning job called \(name). Type another name."
            )
        // SageMaker has no learning curves, and asks for none.
        case .nameTaken(.learningCurve, _), .missing(.learningCurve, _): .validation(RoostError(rejection).message)
        case .ended(let kind, _, let status), .notEnded(let kind, _, let status):
            .validation(
                "The request was rejected because the \(kind == .tuning ? "hyperparameter tuning" : kind.rawValue) job is "
                    + "in status \(status.rawValue)."
            )
        case .noData(let channel, _):
            .validation(
                "No S3 objects found under S3 URL \"\(channel.uri)\" given in input data source. Please ensure that the "
                    + "bucket exists in the selected region (\(call.region)), that objects exist under that S3 prefix, and "
                    + "that the role \"\(role)\" has \"s3:ListBucket\" permissions on bucket \"\(bucket(of: channel))\"."
            )
        case .unknownAlgorithm(let image, _), .cannotTrain(let image, _):
            .validation(
                "Cannot find repository: \(AlgorithmName(image).repository) in registry ID: "
                    + "\(image.prefix { $0 != "." && $0 != "/" }) Please check if your ECR repository exists and role "
                    + "\(role) has proper pull permissions for SageMaker: \(RoostError(rejection).message)"
            )
        case .parentNotEnded: .validation(RoostError(rejection).message)
        }
    }

    private static func bucket(of channel: DataChannel) -> String {
        (try? ObjectURI(channel.uri, field: ""))?.bucket ?? ""
    }
}
