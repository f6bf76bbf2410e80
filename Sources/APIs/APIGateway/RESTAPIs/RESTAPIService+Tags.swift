import AWS
import Foundation

extension RESTAPIService {
    static let tagOperations: [String: Operation] = [
        "GetTags": { service, call in
            .object(["tags": .strings(try await service.changeTags(call) { _ in } ?? [:])])
        },
        "TagResource": { service, call in
            let added = call.input["tags"]?.strings ?? [:]
            _ = try await service.changeTags(call) { $0.merge(added) { _, new in new } }
            return nil
        },
        "UntagResource": { service, call in
            let removed = call.input["tagKeys"]?.array?.compactMap(\.string) ?? []
            _ = try await service.changeTags(call) { tags in for key in removed { tags[key] = nil } }
            return nil
        },
    ]

    /// What the server has none of.
    static let emptyOperations: [String: Operation] = [
        "GetAccount": { _, _ in
            .object([
                "throttleSettings": .object(["burstLimit": .number(5000), "rateLimit": .number(10_000)]),
                "features": .array([.string("UsagePlans")]), "apiKeyVersion": .string("4"),
            ])
        },
        "GetAuthorizers": { service, call in
            _ = try await service.api(call)
            return try list([], call)
        },
        "GetRequestValidators": { service, call in
            _ = try await service.api(call)
            return try list([], call)
        },
        "GetGatewayResponses": { service, call in
            _ = try await service.api(call)
            return try list([], call)
        },
        "GetModels": { service, call in
            _ = try await service.api(call)
            return try list(defaultModels, call)
        },
        "TestInvokeMethod": { service, call in try await service.testMethod(call) },
    ]

    private static let defaultModels = [
        ("Empty", "This is a default empty schema model", "Empty Schema", ""),
        (
            "Error", "This is a default error schema model", "Error Schema",
            #", "properties" : { "message" : { "type" : "string" } }"#
        ),
    ].map { name, description, title, properties in
        JSON.strings([
            "id": "\(name.lowercased())model",
            "name": name,
            "description": description,
            "contentType": "application/json",
            "schema": #"{ "$schema": "http://json-schema.org/draft-04/schema#", "title" : "\#(title)", "#
                + #""type" : "object"\#(properties) }"#,
        ])
    }

    /// Changes the tags of what an ARN names, such as `arn:aws:apigateway:REGION::/restapis/ID/stages/NAME`.
    private func changeTags(
        _ call: AWSCall,
        _ body: @Sendable (inout [String: String]) throws -> Void
    ) async throws -> [String: String]? {
        let arn = try call.required("resourceArn")
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "apigateway" else {
            throw AWSError.badRequest("Invalid ARN specified in the request")
        }
        let path = parts[5].split(separator: "/").map(String.init)
        @Sendable func change(_ tags: inout [String: String]?) throws -> [String: String] {
            var changed = tags ?? [:]
            try body(&changed)
            guard changed.count <= 50 else { throw AWSError.limitExceeded("Too many tags. The limit is 50.") }
            tags = changed.isEmpty ? nil : changed
            return changed
        }
        let result: [String: String]? =
            switch (path.first, path.count) {
            case ("restapis", 2): try await store.rest.change(path[1], at: call.time) { try change(&$0.settings.tags) }
            case ("restapis", 4) where path[2] == "stages":
                try await store.rest.change(path[1], at: call.time) { api in
                    var stage = try api.stage(path[3])
                    let tags = try change(&stage.tags)
                    api.stages[path[3]] = stage
                    return tags
                }
            case ("apikeys", 2): try await store.keys.change(path[1], at: call.time) { try change(&$0.tags) }
            case ("usageplans", 2): try await store.plans.change(path[1], at: call.time) { try change(&$0.plan.tags) }
            default: nil
            }
        guard let result else { throw AWSError.notFound("Invalid Resource identifier specified") }
        return result
    }
}
