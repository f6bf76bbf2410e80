package import AWS
package import Analyses
import Definitions
package import Endpoints
import Foundation
package import Jobs
package import Platform

/// SageMaker's control plane: models, endpoints, training, tuning and transform jobs, and Model Monitor.
package struct SageMakerService: AWSService {
    typealias Operation = @Sendable (SageMakerService, AWSCall) async throws -> JSON?

    package static let description = {
        var description = AWSServiceDescription(
            name: "sagemaker",
            operations: Array(operations.keys),
            target: "SageMaker"
        )
        description.usageDataBuckets = "sm-pysdk-t-"
        return description
    }()
    package static let model: ServiceModel? = .sageMaker

    /// The workspace of SageMaker's models and endpoints.
    package static let workspace = "sagemaker"
    /// The role of resources that were created without one.
    package static let role = "arn:aws:iam::\(AWSAccount.id):role/roost"

    package let platform: Platform
    package let jobs: JobService
    package let endpoints: EndpointService
    let analyses: AnalysisService
    let schedules: MonitoringScheduleService

    package init(
        platform: Platform,
        jobs: JobService,
        endpoints: EndpointService,
        analyses: AnalysisService,
        schedules: MonitoringScheduleService
    ) {
        self.platform = platform
        self.jobs = jobs
        self.endpoints = endpoints
        self.analyses = analyses
        self.schedules = schedules
    }

    static let operations: [String: Operation] = [
        modelOperations, endpointOperations, trainingOperations, tuningOperations, transformOperations, tagOperations,
        processingOperations, jobDefinitionOperations, scheduleOperations, executionOperations,
    ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }

    package func run(_ call: AWSCall) async throws -> JSON? {
        try Self.checkTagKeys(call.input)
        return try await Self.operations[call.operation]?(self, call)
    }
}

extension AWSCall {
    /// `arn:aws:sagemaker:REGION:ACCOUNT:KIND/NAME`, with the name in lower case.
    func arn(_ kind: String, _ name: String) -> String {
        "arn:aws:sagemaker:\(region):\(AWSAccount.id):\(kind)/\(name.lowercased())"
    }
}

extension RecordKind {
    static let model = RecordKind("sagemaker-model")
    static let endpointConfig = RecordKind("sagemaker-endpoint-config")
    static let tags = RecordKind("sagemaker-tags")
}
