/// The supported AWS operations, read from the tables that dispatch requests.
package enum AWSOperations {
    /// The names of the operations, by the service's name in client SDKs.
    package static var all: [String: [String]] {
        func json(_ prefix: String) -> [String] { SageMakerService.operations[prefix]?.keys.sorted() ?? [] }
        return [
            "sagemaker": json("SageMaker"), "logs": json("Logs_20140328"),
            "cloudwatch": json(SageMakerService.monitoring), "service-quotas": json("ServiceQuotasV20190624"),
            "sts": QueryService.operations(of: "sts"),
            "iam": QueryService.operations(of: "iam"), "s3": S3Operation.allCases.map(\.rawValue).sorted(),
            // AWSProtocol.runtime is this one operation; all others are rejected.
            "sagemaker-runtime": ["InvokeEndpoint"],
        ]
    }
}
