import Definitions
import Foundation

/// Service Quotas.
extension SageMakerService {
    static let quotaOperations: [String: Operation] = [
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
            let request = try await service.quotas.ask(for: value, of: quota, at: call.time)
            return .object(["RequestedQuota": service.describe(request, call)])
        },
        "GetRequestedServiceQuotaChange": { service, call in
            let id = call.input["RequestId"]?.string
            guard let request = try await service.quotas.requests().first(where: { $0.id == id }) else {
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
        guard let quota = quotas.all().first(where: { $0.service == service && $0.code == code }) else {
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
        let found = quotas.all().filter { $0.service == service && (code == nil || $0.code == code) }
        return try Self.page(found.map { describe($0, call, isDefault: areDefaults) }, "Quotas", call)
    }

    private func listRequests(_ call: AWSCall) async throws -> JSON {
        let (service, code, status) = (
            call.input["ServiceCode"]?.string, call.input["QuotaCode"]?.string, call.input["Status"]?.string
        )
        if let service { try Self.known(service) }
        let found = try await quotas.requests().filter {
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
        let value = isDefault && quota.isAdjustable ? quotas.concurrencyByDefault : quota.value
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
        "arn:aws:servicequotas:\(call.region):\(account):\(service)/\(code)"
    }
}
