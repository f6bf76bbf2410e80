import AWS
import Foundation

extension RESTAPIService {
    static let planOperations: [String: Operation] = [
        "CreateUsagePlan": { service, call in try await service.createPlan(call) },
        "GetUsagePlan": { service, call in JSON(try await service.plan(call).plan) },
        "GetUsagePlans": { service, call in
            let key = call.text("keyId")
            let plans = try await service.store.plans.all().filter { key == nil || $0.keyIDs.contains(key ?? "") }
            return try list(plans.sorted(by: precedes).map { JSON($0.plan) }, call)
        },
        "UpdateUsagePlan": { service, call in
            let operations = try PatchOperation.list(call.input)
            for operation in operations where operation.path == "/apiStages" && operation.name == "add" {
                let parts = (operation.value ?? "").split(separator: ":", maxSplits: 1).map(String.init)
                try await service.checkStage(parts.first ?? "", parts.count > 1 ? parts[1] : "")
            }
            return try await service.changePlan(call) { record in
                for operation in operations { try operation.apply(to: &record.plan) }
                return JSON(record.plan)
            }
        },
        "DeleteUsagePlan": { service, call in
            guard try await service.store.plans.remove(call.required("usagePlanId")) != nil else { throw noPlan }
            return nil
        },
        "CreateUsagePlanKey": { service, call in
            guard call.text("keyType") == "API_KEY" else {
                throw AWSError.badRequest("Invalid key type specified. Valid options are API_KEY")
            }
            let key = try await service.planKey(call.required("keyId"))
            return try await service.changePlan(call) { record in
                guard !record.keyIDs.contains(key.id) else {
                    throw AWSError.conflict("API Key \(key.id) already belongs to this usage plan")
                }
                record.keyIDs.append(key.id)
                return describe(key).merging(["value": .string(key.value)])
            }
        },
        "GetUsagePlanKey": { service, call in
            let id = try call.required("keyId")
            guard try await service.plan(call).keyIDs.contains(id) else { throw noPlanKey }
            return describe(try await service.planKey(id))
        },
        "GetUsagePlanKeys": { service, call in
            let prefix = call.text("nameQuery") ?? ""
            let ids = try await service.plan(call).keyIDs
            let keys = try await service.store.keys.all().filter {
                ids.contains($0.id) && (prefix.isEmpty || $0.name?.hasPrefix(prefix) == true)
            }
            return try list(keys.sorted { $0.id < $1.id }.map(describe), call)
        },
        "DeleteUsagePlanKey": { service, call in
            let id = try call.required("keyId")
            try await service.changePlan(call) { record in
                guard record.keyIDs.contains(id) else { throw noPlanKey }
                record.keyIDs.removeAll { $0 == id }
            }
            return nil
        },
    ]

    private static let noPlan = AWSError.notFound("Invalid Usage Plan ID specified")
    private static let noPlanKey = AWSError.notFound("Invalid Usage Plan Key identifier specified")

    private static func precedes(_ one: UsagePlanRecord, _ other: UsagePlanRecord) -> Bool {
        (one.createdDate, one.plan.id) < (other.createdDate, other.plan.id)
    }

    private static func describe(_ key: GatewayKey) -> JSON {
        .members(["id": .string(key.id), "type": .string("API_KEY"), "name": key.name.map(JSON.string)])
    }

    private func planKey(_ id: String) async throws -> GatewayKey {
        guard let key = try await store.keys.find(id) else {
            throw AWSError.notFound("Invalid API Key identifier specified")
        }
        return key
    }

    private func plan(_ call: AWSCall) async throws -> UsagePlanRecord {
        guard let record = try await store.plans.find(call.required("usagePlanId")) else { throw Self.noPlan }
        return record
    }

    private func changePlan<Result: Sendable>(
        _ call: AWSCall,
        _ body: @Sendable (inout UsagePlanRecord) throws -> Result
    ) async throws -> Result {
        let id = try call.required("usagePlanId")
        guard let result = try await store.plans.change(id, at: call.time, body) else { throw Self.noPlan }
        return result
    }

    fileprivate func checkStage(_ api: String, _ stage: String) async throws {
        guard try await store.rest.find(api)?.stages[stage] != nil else {
            throw AWSError.notFound("API Stage not found: \(api.prefix(100)):\(stage.prefix(100))")
        }
    }

    private func createPlan(_ call: AWSCall) async throws -> JSON {
        var plan = UsagePlanRecord.Plan(id: GatewayID.random(6), name: try call.required("name"))
        plan.description = call.text("description")
        plan.tags = call.input["tags"]?.strings
        for stage in call.input["apiStages"]?.array ?? [] {
            let (api, name) = (stage["apiId"]?.string ?? "", stage["stage"]?.string ?? "")
            try await checkStage(api, name)
            let throttle = try stage["throttle"]?.object?.mapValues { try $0.decoded(UsagePlanRecord.Throttle.self) }
            plan.apiStages.append(UsagePlanRecord.Stage(apiId: api, stage: name, throttle: throttle))
        }
        plan.throttle = try call.input["throttle"]?.decoded(UsagePlanRecord.Throttle.self)
        if let quota = call.input["quota"] {
            guard let limit = quota["limit"]?.int, let period = quota["period"]?.string else {
                throw AWSError.badRequest("Usage Plan quota must have a limit and a period")
            }
            plan.quota = UsagePlanRecord.Quota(limit: limit, offset: quota["offset"]?.int ?? 0, period: period)
        }
        try plan.check()
        let record = UsagePlanRecord(plan: plan, createdDate: call.seconds)
        try await store.plans.add(record, id: plan.id, at: call.time)
        return JSON(plan)
    }
}

extension UsagePlanRecord.Plan {
    fileprivate func check() throws {
        guard apiStages.count <= 100 else { throw AWSError.limitExceeded("Too many API stages. The limit is 100.") }
        if let quota {
            guard quota.limit > 0, quota.offset >= 0, quota.offset < quota.limit else {
                throw AWSError.badRequest("Usage Plan quota limit must be greater than 0 and its offset less than it")
            }
            guard ["DAY", "WEEK", "MONTH"].contains(quota.period) else {
                throw AWSError.badRequest("Usage Plan quota period must be one of DAY, WEEK, MONTH")
            }
        }
        if let burst = throttle?.burstLimit, burst < 0 {
            throw AWSError.badRequest("Usage Plan burst limit must not be negative")
        }
        if let rate = throttle?.rateLimit, rate < 0 {
            throw AWSError.badRequest("Usage Plan rate limit must not be negative")
        }
    }
}

extension PatchOperation {
    fileprivate func apply(to plan: inout UsagePlanRecord.Plan) throws {
        switch (segments.first, segments.count) {
        case ("name", 1): plan.name = try replacement()
        case ("description", 1): plan.description = try optional()
        case ("throttle", 1) where name == "remove": plan.throttle = nil
        case ("throttle", 2): try apply(to: &plan.throttle, segments[1])
        case ("quota", 1) where name == "remove": plan.quota = nil
        case ("quota", 2): try applyQuota(to: &plan)
        case ("apiStages", 1): try applyStage(to: &plan)
        // /apiStages/API:STAGE/throttle/PATH/METHOD/rateLimit
        case ("apiStages", 6) where segments[2] == "throttle":
            guard let index = plan.apiStages.firstIndex(where: { "\($0.apiId):\($0.stage)" == segments[1] }) else {
                throw AWSError.notFound("API Stage not found: \(segments[1].prefix(200))")
            }
            let key = "\(segments[3])/\(segments[4])"
            var throttles = plan.apiStages[index].throttle ?? [:]
            try apply(to: &throttles[key], segments[5])
            guard throttles.count <= 1000 else { throw AWSError.limitExceeded("Too many method throttles.") }
            plan.apiStages[index].throttle = throttles
        default: throw invalidPlanPath
        }
        try plan.check()
    }

    private var invalidPlanPath: AWSError {
        invalid(
            "/name",
            "/description",
            "/apiStages",
            "/throttle",
            "/throttle/rateLimit",
            "/throttle/burstLimit",
            "/quota",
            "/quota/limit",
            "/quota/period",
            "/quota/offset"
        )
    }

    private func apply(to throttle: inout UsagePlanRecord.Throttle?, _ member: String) throws {
        var changed = throttle ?? UsagePlanRecord.Throttle()
        switch member {
        case "rateLimit": changed.rateLimit = name == "remove" ? nil : try rate()
        case "burstLimit": changed.burstLimit = name == "remove" ? nil : try integer(0...1_000_000)
        default: throw invalidPlanPath
        }
        throttle = changed
    }

    private func applyQuota(to plan: inout UsagePlanRecord.Plan) throws {
        var quota = plan.quota ?? UsagePlanRecord.Quota(limit: 1, period: "DAY")
        switch segments[1] {
        case "limit": quota.limit = try integer(1...Int(Int32.max))
        case "offset": quota.offset = try integer(0...Int(Int32.max))
        case "period": quota.period = try replacement()
        default: throw invalidPlanPath
        }
        plan.quota = quota
    }

    /// Adds or removes a stage: `{"op": "add", "path": "/apiStages", "value": "API:STAGE"}`.
    private func applyStage(to plan: inout UsagePlanRecord.Plan) throws {
        let parts = (value ?? "").split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            throw AWSError.badRequest("Invalid API stage '\((value ?? "").prefix(200))'. Expected API_ID:STAGE.")
        }
        switch name {
        case "add":
            guard !plan.apiStages.contains(where: { $0.apiId == parts[0] && $0.stage == parts[1] }) else { return }
            plan.apiStages.append(UsagePlanRecord.Stage(apiId: parts[0], stage: parts[1]))
        case "remove": plan.apiStages.removeAll { $0.apiId == parts[0] && $0.stage == parts[1] }
        default: throw invalidPlanPath
        }
    }
}
