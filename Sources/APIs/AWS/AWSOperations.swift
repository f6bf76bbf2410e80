/// What of AWS's APIs is there, read from what answers requests.
package enum AWSOperations {
    /// The names of the operations, by their services as clients name them.
    package static var all: [String: [String]] {
        func json(_ prefix: String) -> [String] { SageMakerService.operations[prefix]?.keys.sorted() ?? [] }
        return [
            "sagemaker": json("SageMaker"), "logs": json("Logs_20140328"),
            "cloudwatch": json(SageMakerService.monitoring), "service-quotas": json("ServiceQuotasV20190624"),
            "sts": QueryService.operations(of: "sts"),
            "iam": QueryService.operations(of: "iam"), "s3": S3Operation.allCases.map(\.rawValue).sorted(),
            // The one case of its protocol; everything else of the service is refused.
            "sagemaker-runtime": ["InvokeEndpoint"],
        ]
    }
}
