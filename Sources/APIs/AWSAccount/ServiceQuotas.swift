package import AWS
package import Definitions
import Foundation
package import Jobs
package import Serving

/// Service Quotas: the limits of this server, and requests to raise them.
package struct ServiceQuotas: AWSService {
    private typealias Operation = @Sendable (ServiceQuotas, AWSCall) async throws -> JSON?

    package static let description = AWSServiceDescription(
        name: "service-quotas",
        signingName: "servicequotas",
        operations: Array(quotaOperations.keys),
        target: "ServiceQuotasV20190624"
    )
    package static let model: ServiceModel? = .serviceQuotas

    private static let concurrencyCode = "L-CONCURRENT-JOBS"

    private let serving: Serving
    private let jobs: JobService
    private let fixed: [Quota]

    /// - Parameter fixed: The limits of other APIs.
    package init(serving: Serving, jobs: JobService, fixed: [Quota]) {
        self.serving = serving
        self.jobs = jobs
        self.fixed = fixed
    }

    package func run(_ call: AWSCall) async throws -> JSON? {
        try await Self.quotaOperations[call.operation]?(self, call)
    }

    // MARK: Limits

    package func all() -> [Quota] {
        func quota(_ code: String, _ name: String, _ value: Int, _ unit: String = "None") -> Quota {
            Quota(
                service: "sagemaker",
                code: code,
                name: name,
                value: Double(value),
                unit: unit,
                isAdjustable: code == Self.concurrencyCode
            )
        }
        let configuration = serving.configuration
        return [
            quota(
                Self.concurrencyCode,
                "Concurrent training and transform jobs; others wait",
                jobs.queue.concurrency
            ),
            quota("L-JOB-THREADS", "Threads per job", jobs.configuration.threadCount),
            quota("L-JOB-MEMORY", "Memory per job", jobs.executor.memoryLimit, "Bytes"),
            quota("L-INVOCATION-THREADS", "Threads that run expensive models", configuration.threadCount),
            quota(
                "L-INVOCATION-QUEUE",
                "Invocations that may wait for a thread",
                configuration.queueCapacity
            ),
            quota(
                "L-INVOCATION-TIME",
                "Maximum run time of an invocation",
                Int(configuration.runTimeLimit.components.seconds),
                "Seconds"
            ),
        ] + fixed
    }

    // MARK: Requests

    /// Returns all requests, oldest first.
    package func requests() async throws -> [QuotaRequest] { try await jobs.concurrencyRequests.all().map(described) }

    /// Grants or denies a request.
    package func decide(_ id: String, isGranted: Bool) async throws -> QuotaRequest {
        described(try await jobs.concurrencyRequests.decide(id, isGranted: isGranted, at: Date()))
    }

    private func described(_ request: ConcurrencyRequests.Request) -> QuotaRequest {
        let quota = all()[0]
        return QuotaRequest(
            id: request.id,
            service: quota.service,
            code: quota.code,
            name: quota.name,
            value: request.value,
            status: request.status,
            createdAt: request.createdAt
        )
    }

    private func ask(for value: Double, of quota: Quota, at time: Date) async throws -> QuotaRequest {
        guard quota.isAdjustable else {
            throw AWSError(
                "IllegalArgumentException",
                "Quota '\(quota.code)' is not adjustable. It is set by a server option or fixed."
            )
        }
        do {
            return described(try await jobs.concurrencyRequests.ask(for: value, at: time))
        } catch let rejection as ConcurrencyRequests.Rejection {
            switch rejection {
            case .notGreater:
                throw AWSError(
                    "IllegalArgumentException",
                    "You must provide a quota value greater than the current quota value."
                )
            case .notWhole(let maximum):
                throw AWSError(
                    "IllegalArgumentException",
                    "The desired value must be a whole number no greater than \(maximum)."
                )
            case .alreadyPending:
                throw AWSError(
                    "ResourceAlreadyExistsException",
                    "Only one open service quota increase request is allowed per quota."
                )
            }
        }
    }

    // MARK: Operations

    private static let quotaOperations: [String: Operation] = [
        "ListServices": { service, call in try await service.listServices(call) },
        "ListServiceQuotas": { service, call in try await service.listQuotas(call, areDefaults: false) },
        "ListAWSDefaultServiceQuotas": { service, call in try await service.listQuotas(call, areDefaults: true) },
        "GetServiceQuota": { service, call in
            .object(["Quota": service.describe(try service.quota(call), call, isDefault: false)])
        },
        "GetAWSDefaultServiceQuota": { service, call in
            .object(["Quota": service.describe(try service.quota(call), call, isDefault: true)])
        },
        "RequestServiceQuotaIncrease": { service, call in
            let quota = try service.quota(call)
            let value = call.input["DesiredValue"]?.number ?? 0
            let request = try await service.ask(for: value, of: quota, at: call.time)
            return .object(["RequestedQuota": service.describe(request, call)])
        },
        "GetRequestedServiceQuotaChange": { service, call in
            let id = call.input["RequestId"]?.string
            guard let request = try await service.requests().first(where: { $0.id == id }) else {
                throw AWSError("NoSuchResourceException", "Quota request '\(id ?? "")' does not exist.")
            }
            return .object(["RequestedQuota": service.describe(request, call)])
        },
        "ListRequestedServiceQuotaChangeHistory": { service, call in try await service.listRequests(call) },
        "ListRequestedServiceQuotaChangeHistoryByQuota": { service, call in
            _ = try service.quota(call)
            return try await service.listRequests(call)
        },
    ]

    private static let serviceNames = [
        "sagemaker": "Amazon SageMaker", "s3": "Amazon Simple Storage Service (Amazon S3)",
    ]

    private static func known(_ service: String) throws(AWSError) {
        guard serviceNames[service] != nil else {
            throw AWSError(
                "NoSuchResourceException",
                "The request failed because the specified service does not exist."
            )
        }
    }

    private func quota(_ call: AWSCall) throws(AWSError) -> Quota {
        let service = call.input["ServiceCode"]?.string ?? ""
        try Self.known(service)
        let code = call.input["QuotaCode"]?.string
        guard let quota = all().first(where: { $0.service == service && $0.code == code }) else {
            throw AWSError("NoSuchResourceException", "The request failed because the specified quota does not exist.")
        }
        return quota
    }

    private func listServices(_ call: AWSCall) async throws -> JSON {
        try Self.page(
            Self.serviceNames.sorted { $0.key < $1.key }.map {
                .object(["ServiceCode": .string($0.key), "ServiceName": .string($0.value)])
            },
            "Services",
            call
        )
    }

    private func listQuotas(_ call: AWSCall, areDefaults: Bool) async throws -> JSON {
        let service = call.input["ServiceCode"]?.string ?? ""
        try Self.known(service)
        let code = call.input["QuotaCode"]?.string
        let found = all().filter { $0.service == service && (code == nil || $0.code == code) }
        return try Self.page(found.map { describe($0, call, isDefault: areDefaults) }, "Quotas", call)
    }

    private func listRequests(_ call: AWSCall) async throws -> JSON {
        let (service, code, status) = (
            call.input["ServiceCode"]?.string, call.input["QuotaCode"]?.string, call.input["Status"]?.string
        )
        if let service { try Self.known(service) }
        let found = try await requests().filter {
            (service == nil || $0.service == service) && (code == nil || $0.code == code)
                && (status == nil || $0.status.rawValue == status)
        }
        return try Self.page(found.reversed().map { describe($0, call) }, "RequestedQuotas", call)
    }

    /// Returns a page of a list. The token is the position of the next page's first element.
    private static func page(_ all: [JSON], _ name: String, _ call: AWSCall) throws(AWSError) -> JSON {
        let limit = call.input["MaxResults"]?.int ?? 100
        var start = 0
        if let token = call.input["NextToken"]?.string {
            guard let position = Int(token), (0...all.count).contains(position) else {
                throw AWSError("InvalidPaginationTokenException", "Invalid input was provided: NextToken.")
            }
            start = position
        }
        let end = min(all.count, start + limit)
        return .members([
            name: .array(Array(all[start..<end])), "NextToken": end < all.count ? .string(String(end)) : nil,
        ])
    }

    private func describe(_ quota: Quota, _ call: AWSCall, isDefault: Bool) -> JSON {
        let value = isDefault && quota.isAdjustable ? Double(jobs.configuration.concurrency) : quota.value
        return .object([
            "ServiceCode": .string(quota.service), "ServiceName": .string(Self.serviceNames[quota.service] ?? ""),
            "QuotaArn": .string(Self.arn(quota.service, quota.code, call)), "QuotaCode": .string(quota.code),
            "QuotaName": .string(quota.name), "Value": .number(value), "Unit": .string(quota.unit),
            "Adjustable": .bool(quota.isAdjustable), "GlobalQuota": .bool(false),
            "QuotaAppliedAtLevel": .string("ACCOUNT"),
        ])
    }

    private func describe(_ request: QuotaRequest, _ call: AWSCall) -> JSON {
        .object([
            "Id": .string(request.id), "ServiceCode": .string(request.service),
            "ServiceName": .string(Self.serviceNames[request.service] ?? ""), "QuotaCode": .string(request.code),
            "QuotaName": .string(request.name), "DesiredValue": .number(request.value),
            "Status": .string(request.status.rawValue), "Created": .time(request.createdAt),
            "QuotaArn": .string(Self.arn(request.service, request.code, call)), "GlobalQuota": .bool(false),
            "QuotaRequestedAtLevel": .string("ACCOUNT"),
        ])
    }

    private static func arn(_ service: String, _ code: String, _ call: AWSCall) -> String {
        "arn:aws:servicequotas:\(call.region):\(AWSAccount.id):\(service)/\(code)"
    }
}
