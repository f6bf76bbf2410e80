import AWSAccount
import Definitions
import NativeAPI

/// Service Quotas, as the operator sees and decides them.
///
/// The group is here because NativeAPI knows no other API.
struct QuotaOperations: OperationGroup {
    let quotas: ServiceQuotas

    var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/quotas",
            id: "listQuotas",
            "List quotas, and requests to raise them",
            returns: QuotaList.self
        ) { _ in QuotaList(quotas: quotas.all(), requests: try await quotas.requests()) }

        APIOperation(
            .put,
            "/v1/quota-requests/{request}/grant",
            id: "grantQuota",
            "Grant a request to raise a quota",
            returns: QuotaRequest.self
        ) { call in try await quotas.decide(call.parameter("request"), isGranted: true) }

        APIOperation(
            .put,
            "/v1/quota-requests/{request}/deny",
            id: "denyQuota",
            "Deny a request to raise a quota",
            returns: QuotaRequest.self
        ) { call in try await quotas.decide(call.parameter("request"), isGranted: false) }
    }
}
