import AWS
import Foundation

extension RESTAPIService {
    static let keyOperations: [String: Operation] = [
        "CreateApiKey": { service, call in try await service.createKey(call) },
        "GetApiKey": { service, call in
            let includesValue = call.input["includeValue"]?.bool ?? false
            return try await service.key(call.required("apiKey")).described(includesValue: includesValue)
        },
        "GetApiKeys": { service, call in
            let prefix = call.text("nameQuery")
            let customer = call.text("customerId")
            let includesValues = call.input["includeValues"]?.bool ?? false
            let keys = try await service.store.keys.all().filter {
                (prefix == nil || $0.name?.hasPrefix(prefix ?? "") == true)
                    && (customer == nil || $0.customerId == customer)
            }
            return try list(
                keys.sorted { ($0.createdDate, $0.id) < ($1.createdDate, $1.id) }
                    .map { $0.described(includesValue: includesValues) },
                call
            )
        },
        "UpdateApiKey": { service, call in
            let operations = try PatchOperation.list(call.input)
            let changed = try await service.store.keys.change(call.required("apiKey"), at: call.time) { key in
                for operation in operations {
                    switch operation.path {
                    case "/name": key.name = try operation.optional()
                    case "/description": key.description = try operation.optional()
                    case "/customerId": key.customerId = try operation.optional()
                    case "/enabled": key.enabled = try operation.flag()
                    default: throw operation.invalid("/name", "/description", "/enabled", "/customerId")
                    }
                }
                key.lastUpdatedDate = call.seconds
                return key.described(includesValue: false)
            }
            guard let changed else { throw noKey }
            return changed
        },
        "DeleteApiKey": { service, call in
            let id = try call.required("apiKey")
            guard try await service.store.keys.remove(id) != nil else { throw noKey }
            for record in try await service.store.plans.all() where record.keyIDs.contains(id) {
                _ = try await service.store.plans.change(record.plan.id, at: call.time) { record in
                    record.keyIDs.removeAll { $0 == id }
                }
            }
            return nil
        },
    ]

    private static let noKey = AWSError.notFound("Invalid API Key identifier specified")

    private func key(_ id: String) async throws -> GatewayKey {
        guard let key = try await store.keys.find(id) else { throw Self.noKey }
        return key
    }

    private func createKey(_ call: AWSCall) async throws -> JSON {
        let value = call.text("value") ?? GatewayID.random(40)
        guard value.utf8.count >= 20 else {
            throw AWSError.badRequest("API Key value should be at least 20 characters")
        }
        guard value.utf8.count <= 128, value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw AWSError.badRequest("API Key value must be at most 128 printable characters without spaces")
        }
        let key = GatewayKey(
            id: GatewayID.random(10),
            value: value,
            name: call.text("name"),
            customerId: call.text("customerId"),
            description: call.text("description"),
            enabled: call.input["enabled"]?.bool ?? false,
            createdDate: call.seconds,
            lastUpdatedDate: call.seconds,
            stageKeys: (call.input["stageKeys"]?.array ?? []).compactMap { stage in
                guard let api = stage["restApiId"]?.string, let name = stage["stageName"]?.string else { return nil }
                return "\(api)/\(name)"
            },
            tags: call.input["tags"]?.strings
        )
        try await store.keys.add(key, id: key.id, at: call.time) { keys in
            guard !keys.values.contains(where: { $0.value == value }) else {
                throw AWSError.conflict("API Key already exists")
            }
        }
        return key.described(includesValue: true)
    }
}
