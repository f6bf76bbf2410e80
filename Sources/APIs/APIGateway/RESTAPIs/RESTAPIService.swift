package import AWS
import Foundation
import WorkThreads

/// API Gateway's REST APIs: `apigateway`.
package struct RESTAPIService: AWSService {
    typealias Operation = @Sendable (RESTAPIService, AWSCall) async throws -> JSON?

    package static let description = AWSServiceDescription(
        name: "apigateway",
        operations: Array(operations.keys),
        rest: ServiceModel.restAPIs.rest
    )
    package static let model: ServiceModel? = ServiceModel.restAPIs.namingInputs()

    let store: APIStore
    let gateway: Gateway

    package init(store: APIStore, gateway: Gateway) {
        self.store = store
        self.gateway = gateway
    }

    static let operations: [String: Operation] = [
        apiOperations, resourceOperations, methodOperations, integrationOperations, deploymentOperations,
        stageOperations, keyOperations, planOperations, tagOperations, emptyOperations,
    ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }

    package func run(_ call: AWSCall) async throws -> JSON? { try await Self.operations[call.operation]?(self, call) }

    // MARK: Shared by the operations

    /// Returns the API that a call names.
    func api(_ call: AWSCall) async throws -> RESTAPI {
        let id = try call.required("restApiId")
        guard let api = try await store.rest.find(id) else { throw Self.noAPI(id) }
        return api
    }

    /// Changes the API that a call names.
    func change<Result: Sendable>(
        _ call: AWSCall,
        _ change: @Sendable (inout RESTAPI) throws -> Result
    ) async throws -> Result {
        let id = try call.required("restApiId")
        guard let result = try await store.rest.change(id, at: call.time, change) else { throw Self.noAPI(id) }
        return result
    }

    private static func noAPI(_ id: String) -> AWSError {
        .notFound("Invalid API identifier specified \(AWSAccount.id):\(id.prefix(100))")
    }

    /// Returns a page of a list, in the member `item`.
    static func list(_ elements: [JSON], _ call: AWSCall) throws -> JSON {
        let (page, next) = try GatewayPage.cut(
            elements,
            position: call.text("position"),
            limit: call.input["limit"]?.int
        )
        return .members(["item": .array(page), "position": next])
    }

    // MARK: APIs

    private static let apiOperations: [String: Operation] = [
        "CreateRestApi": { service, call in try await service.createAPI(call) },
        "GetRestApi": { service, call in JSON(try await service.api(call).settings) },
        "GetRestApis": { service, call in
            let apis = try await service.store.rest.all().map(\.settings)
            return try list(apis.sorted { ($0.createdDate, $0.id) < ($1.createdDate, $1.id) }.map { JSON($0) }, call)
        },
        "UpdateRestApi": { service, call in
            let operations = try PatchOperation.list(call.input)
            return try await service.change(call) { api in
                for operation in operations { try operation.apply(to: &api.settings) }
                return JSON(api.settings)
            }
        },
        "DeleteRestApi": { service, call in
            let id = try call.required("restApiId")
            guard let api = try await service.store.rest.remove(id) else { throw noAPI(id) }
            try await service.store.deployments.removeREST(api.deployments.map(\.id), of: id)
            return nil
        },
        "ImportRestApi": { service, call in
            let api = try await offload {
                let document = try OpenAPIDocument(call.payload)
                var api = RESTAPI(name: document.title, createdDate: call.seconds)
                try document.apply(to: &api, options: call.input["parameters"]?.strings ?? [:])
                return api
            }
            try await service.store.rest.add(api, id: api.settings.id, at: call.time)
            return JSON(api.settings)
        },
        "PutRestApi": { service, call in
            let document = try await offload { try OpenAPIDocument(call.payload) }
            let isMerged = call.text("mode") != "overwrite"
            return try await service.change(call) { api in
                if !isMerged {
                    let root = api.settings.rootResourceId
                    api.resources = [root: RESTResource(id: root, path: "/")]
                }
                try document.apply(to: &api, options: call.input["parameters"]?.strings ?? [:])
                return JSON(api.settings)
            }
        },
    ]

    private func createAPI(_ call: AWSCall) async throws -> JSON {
        let name = try call.required("name")
        guard !name.trimmingCharacters(in: .whitespaces).isEmpty else {
            throw AWSError.badRequest("API name cannot be empty")
        }
        var api = RESTAPI(name: name, createdDate: call.seconds)
        if let source = call.text("cloneFrom") {
            guard let original = try await store.rest.find(source) else { throw Self.noAPI(source) }
            let root = original.settings.rootResourceId
            api.resources = original.resources
            api.settings.rootResourceId = root
            api.settings.binaryMediaTypes = original.settings.binaryMediaTypes
        }
        api.settings.description = call.text("description")
        api.settings.version = call.text("version")
        if let types = call.input["binaryMediaTypes"]?.array?.compactMap(\.string), !types.isEmpty {
            api.settings.binaryMediaTypes = types
        }
        if let size = call.input["minimumCompressionSize"]?.int {
            guard (0...10_485_760).contains(size) else { throw PatchOperation.invalidCompressionSize }
            api.settings.minimumCompressionSize = size
        }
        if let source = call.text("apiKeySource") { try api.settings.setKeySource(source) }
        if let endpoint = call.input["endpointConfiguration"] {
            let types = endpoint["types"]?.array?.compactMap(\.string) ?? []
            if !types.isEmpty { try api.settings.setEndpointTypes(types) }
            if let type = endpoint["ipAddressType"]?.string { api.settings.endpointConfiguration.ipAddressType = type }
            guard endpoint["vpcEndpointIds"]?.array?.isEmpty ?? true else {
                throw AWSError.notSupported("'vpcEndpointIds'", "Use an endpoint of the type REGIONAL.")
            }
        }
        guard call.text("endpointAccessMode") != "STRICT" else {
            throw AWSError.notSupported("'endpointAccessMode' STRICT", "Use BASIC.")
        }
        try api.settings.setPolicy(call.text("policy"))
        api.settings.tags = call.input["tags"]?.strings
        api.settings.disableExecuteApiEndpoint = call.input["disableExecuteApiEndpoint"]?.bool ?? false
        try await store.rest.add(api, id: api.settings.id, at: call.time)
        return JSON(api.settings)
    }
}

extension RESTAPI.Settings {
    mutating func setKeySource(_ source: String) throws {
        guard source == "HEADER" else {
            throw AWSError.notSupported("'apiKeySource' AUTHORIZER", "Use HEADER.")
        }
        apiKeySource = source
    }

    mutating func setEndpointTypes(_ types: [String]) throws {
        for type in types where !["EDGE", "REGIONAL"].contains(type) {
            guard type == "PRIVATE" else { throw AWSError.badRequest("Invalid endpoint type: \(type.prefix(100))") }
            throw AWSError.notSupported("The endpoint type PRIVATE", "Use REGIONAL.")
        }
        endpointConfiguration.types = types
    }

    /// - Parameter policy: Empty or `nil` for none.
    mutating func setPolicy(_ policy: String?) throws {
        let policy = policy.flatMap { $0.isEmpty ? nil : $0 }
        if let policy { try ResourcePolicy.check(policy, in: "policy") }
        self.policy = policy
    }
}

extension PatchOperation {
    static let invalidCompressionSize = AWSError.badRequest(
        "Invalid minimum compression size, must be between 0 and 10485760"
    )

    fileprivate func apply(to settings: inout RESTAPI.Settings) throws {
        switch (segments.first, segments.count) {
        case ("name", 1):
            let name = try replacement()
            guard !name.isEmpty else { throw AWSError.badRequest("API name cannot be empty") }
            settings.name = name
        case ("description", 1): settings.description = try optional()
        case ("version", 1): settings.version = try optional()
        case ("policy", 1): try settings.setPolicy(try optional())
        case ("apiKeySource", 1): try settings.setKeySource(try replacement())
        case ("disableExecuteApiEndpoint", 1): settings.disableExecuteApiEndpoint = try flag()
        case ("minimumCompressionSize", 1):
            guard let text = try optional(), !text.isEmpty else {
                settings.minimumCompressionSize = nil
                return
            }
            settings.minimumCompressionSize = try integer(0...10_485_760)
        case ("binaryMediaTypes", 2): try change(&settings.binaryMediaTypes, segments[1])
        case ("endpointConfiguration", 3) where segments[1] == "types":
            try settings.setEndpointTypes([try replacement()])
        case ("endpointConfiguration", 2) where segments[1] == "ipAddressType":
            settings.endpointConfiguration.ipAddressType = try replacement()
        default:
            throw invalid(
                "/name",
                "/description",
                "/version",
                "/binaryMediaTypes/{type}",
                "/minimumCompressionSize",
                "/apiKeySource",
                "/policy",
                "/disableExecuteApiEndpoint",
                "/endpointConfiguration/types/{type}"
            )
        }
    }

    /// Changes a list whose elements are named in the path.
    private func change(_ list: inout [String]?, _ element: String) throws {
        var changed = (list ?? []).filter { $0 != element }
        switch name {
        case "add": changed.append(element)
        case "replace": changed.append(value ?? element)
        default: break
        }
        guard changed.count <= 100 else { throw AWSError.badRequest("Too many binary media types. The limit is 100.") }
        list = changed.isEmpty ? nil : changed
    }
}
