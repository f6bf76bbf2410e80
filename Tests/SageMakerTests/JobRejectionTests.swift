import Definitions
import Foundation
import Jobs
import Testing

@testable import AWS
@testable import SageMaker

/// Clients of AWS match on these texts.
@Suite("Rejections of jobs, as SageMaker words them")
struct JobRejectionTests {
    private static let channel = DataChannel(name: "train", uri: "s3://b/none")
    private static let image = "1.dkr.ecr.eu-west-1.amazonaws.com/mine:1"

    @Test(
        "each rejection has the code and the text of AWS",
        arguments: [
            (
                .nameTaken(.training, "J"), "ResourceInUse",
                "Training job names must be unique within an AWS account and region, and a training job with this name "
                    + "already exists (arn:aws:sagemaker:eu-west-1:000000000000:training-job/j)"
            ),
            (
                .nameTaken(.transform, "J"), "ResourceInUse",
                "Job name must be unique within an AWS account and region, and a job with this name already exists "
                    + "(arn:aws:sagemaker:eu-west-1:000000000000:transform-job/j)"
            ),
            (
                .nameTaken(.tuning, "J"), "ResourceInUse",
                "A hyperparameter tuning job with the name, J, already exists. Choose a different name."
            ),
            (.missing(.training, "J"), "ValidationException", "Requested resource not found."),
            (.missing(.transform, "J"), "ValidationException", "Could not find requested job with name: J"),
            (
                .missing(.tuning, "J"), "ResourceNotFound",
                "Amazon SageMaker can't find a tuning job called J. Type another name."
            ),
            (
                .ended(.training, "J", .completed), "ValidationException",
                "The request was rejected because the training job is in status Completed."
            ),
            (
                .ended(.transform, "J", .failed), "ValidationException",
                "The request was rejected because the transform job is in status Failed."
            ),
            (
                .notEnded(.tuning, "J", .inProgress), "ValidationException",
                "The request was rejected because the hyperparameter tuning job is in status InProgress."
            ),
            (
                .noData(channel, field: "channels[0].uri"), "ValidationException",
                "No S3 objects found under S3 URL \"s3://b/none\" given in input data source. Please ensure that the bucket "
                    + "exists in the selected region (eu-west-1), that objects exist under that S3 prefix, and that the role "
                    + "\"R\" has \"s3:ListBucket\" permissions on bucket \"b\"."
            ),
            (
                .unknownAlgorithm(image, known: ["xgboost", "own"]), "ValidationException",
                "Cannot find repository: mine in registry ID: 1 Please check if your ECR repository exists and role R has "
                    + "proper pull permissions for SageMaker: There is no algorithm '\(image)'. Expected one of: xgboost, "
                    + "own. Add a custom algorithm with: roost algorithm add"
            ),
            (
                .cannotTrain(name: image, algorithm: "mine"), "ValidationException",
                "Cannot find repository: mine in registry ID: 1 Please check if your ECR repository exists and role R has "
                    + "proper pull permissions for SageMaker: The algorithm 'mine' has no program 'train'."
            ),
            (
                .parentNotEnded("P", field: "warm_start.parents[0]"), "ValidationException",
                "The tuning job 'P' has not ended yet."
            ),
        ] as [(JobRejection, String, String)]
    )
    func words(rejection: JobRejection, code: String, text: String) {
        let call = AWSCall(operation: "", input: .object([:]), region: "eu-west-1", time: Date())
        #expect(SageMakerService.refusal(rejection, role: "R", call) == AWSError(code, text))
    }
}
