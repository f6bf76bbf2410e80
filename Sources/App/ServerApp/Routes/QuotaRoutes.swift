import AWSAccount
import Hummingbird
import NativeAPI

/// Service Quotas, as the operator sees and decides them.
extension ControlRoutes {
    func quotas(_ operation: APIOperation, _ call: Call) async throws -> Response {
        let quotas = AWSRegistry.quotas(folder)
        guard operation != .listQuotas else {
            return try json(QuotaList(quotas: quotas.all(), requests: try await quotas.requests()))
        }
        let id = try call.parameter("request")
        return try json(try await quotas.decide(id, isGranted: operation == .grantQuota))
    }
}
