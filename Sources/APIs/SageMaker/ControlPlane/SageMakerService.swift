import Definitions
package import Foundation
package import Jobs
package import Logging
package import Platform

/// A request to an operation of a JSON service.
package struct AWSCall: Sendable {
    package let operation: String
    /// Already checked against AWS's description of the operation.
    package let input: JSON
    /// The region of the credential scope, which ARNs name.
    package let region: String
    /// The time when the request was received.
    package let time: Date

    package init(operation: String, input: JSON, region: String, time: Date) {
        self.operation = operation
        self.input = input
        self.region = region
        self.time = time
    }

    /// Returns `arn:aws:sagemaker:REGION:ACCOUNT:KIND/NAME`, with the name in lower case.
    package func arn(_ kind: String, _ name: String) -> String {
        "arn:aws:sagemaker:\(region):\(SageMakerService.account):\(kind)/\(name.lowercased())"
    }
}

/// A response of an AWS API.
package struct AWSAnswer: Sendable {
    package var status = 200
    package var contentType = "application/x-amz-json-1.1"
    package var body = Data()
    package var headers: [String: String] = [:]

    package init() {}

    /// Turns the response into an error in the shape of JSON 1.1.
    mutating func refuse(_ error: AWSError) {
        status = error.status
        body = JSON.object(["__type": .string(error.code), "message": .string(error.message)]).encoded
    }
}

/// The control plane: SageMaker, CloudWatch Logs, CloudWatch and Service Quotas, in JSON.
package struct SageMakerService: Sendable {
    /// An operation. It returns `nil` for an empty response body.
    typealias Operation = @Sendable (SageMakerService, AWSCall) async throws -> JSON?

    /// The server's only account.
    package static let account = "000000000000"
    /// The workspace of SageMaker models and endpoints.
    package static let workspace = "sagemaker"
    /// The role of resources that were created without one.
    package static let role = "arn:aws:iam::\(account):role/roost"

    package let platform: Platform
    package let jobs: JobService
    package let logger: Logger
    package let endpoints: EndpointService
    package let quotas: QuotaService

    package init(platform: Platform, jobs: JobService, logger: Logger) {
        endpoints = EndpointService(platform: platform, logger: logger)
        quotas = QuotaService(platform: platform, jobs: jobs)
        self.platform = platform
        self.jobs = jobs
        self.logger = logger
    }

    /// All supported operations, by their service's target prefix and their name.
    static let operations: [String: [String: Operation]] = [
        "SageMaker": [
            modelOperations, endpointOperations, trainingOperations, tuningOperations, transformOperations,
            tagOperations,
        ].reduce(into: [:]) { $0.merge($1) { first, _ in first } },
        "Logs_20140328": logOperations,
        "ServiceQuotasV20190624": quotaOperations,
        monitoring: metricOperations,
    ]

    /// Responds to a request. Errors have the shape of JSON 1.1.
    package func respond(service: String, operation: String, region: String, body: Data) async -> AWSAnswer {
        var answer = AWSAnswer()
        do {
            let input = JSON(parsing: body.isEmpty ? Data("{}".utf8) : body)
            if let output = try await run(service: service, operation: operation, region: region, input: input) {
                answer.body = output.encoded
            }
        } catch {
            answer.refuse(refusal(of: error, operation))
        }
        return answer
    }

    /// Runs an operation after checking that it is supported and that the input matches AWS's description.
    ///
    /// - Parameter input: `nil` if the body is not valid JSON.
    func run(service: String, operation: String, region: String, input: JSON?) async throws -> JSON? {
        guard let run = Self.operations[service]?[operation] else {
            throw AWSError("UnknownOperationException", "\(service).\(operation) is not supported by this server.")
        }
        guard let given = input, given.object != nil else {
            throw AWSError("SerializationException", "The body is not a JSON object.")
        }
        let input = try ServiceModel.shared.check(given, of: operation, service: service)
        try Self.checkTagKeys(input)
        return try await run(self, AWSCall(operation: operation, input: input, region: region, time: Date()))
    }

    /// Returns the error to send to the client, and logs internal errors.
    func refusal(of error: any Error, _ operation: String) -> AWSError {
        switch error {
        case let error as AWSError: return error
        case let error as RoostError where error.code != .internalError: return AWSError(error)
        default:
            if let full = RoostError(diskFull: error) {
                logger.error("The disk is full", metadata: ["operation": "\(operation)"])
                return AWSError(full)
            }
            logger.error("Operation failed", metadata: ["operation": "\(operation)", "error": "\(error)"])
            return AWSError("InternalFailure", "Internal error. See the server log.", status: 500)
        }
    }
}
