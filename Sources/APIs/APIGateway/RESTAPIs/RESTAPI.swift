import AWS

/// A REST API as it is edited. The members of the nested documents have AWS's names.
struct RESTAPI: Codable, Sendable {
    struct Endpoint: Codable, Sendable {
        var types = ["EDGE"]
        var ipAddressType = "ipv4"
        var vpcEndpointIds: [String]?
    }

    struct Settings: Codable, Sendable {
        let id: String
        var name: String
        var description: String?
        let createdDate: Double
        var version: String?
        var binaryMediaTypes: [String]?
        var minimumCompressionSize: Int?
        var apiKeySource = "HEADER"
        var endpointConfiguration = Endpoint()
        var policy: String?
        var tags: [String: String]?
        var disableExecuteApiEndpoint = false
        var rootResourceId: String
    }

    var settings: Settings
    /// By ID.
    var resources: [String: RESTResource]
    var deployments: [RESTDeployment] = []
    /// By name.
    var stages: [String: RESTStage] = [:]

    init(name: String, createdDate: Double) {
        let root = GatewayID.random(10)
        settings = Settings(id: GatewayID.api(), name: name, createdDate: createdDate, rootResourceId: root)
        resources = [root: RESTResource(id: root, path: "/")]
    }

    /// What a deployment keeps.
    var snapshot: RESTSnapshot {
        RESTSnapshot(
            resources: resources.values.sorted { $0.path < $1.path },
            binaryMediaTypes: settings.binaryMediaTypes ?? []
        )
    }
}

/// The part of a REST API that a deployment fixes.
struct RESTSnapshot: Codable, Sendable {
    let resources: [RESTResource]
    let binaryMediaTypes: [String]
}

struct RESTResource: Codable, Sendable {
    let id: String
    var parentId: String?
    var pathPart: String?
    var path: String
    /// By HTTP method.
    var resourceMethods: [String: RESTMethod]?

    /// - Parameter embedsMethods: Whether the methods are described, or only named.
    func described(embedsMethods: Bool) -> JSON {
        let document = JSON(self)
        guard !embedsMethods, let methods = resourceMethods else { return document }
        return document.merging(["resourceMethods": .object(methods.mapValues { _ in .object([:]) })])
    }
}

struct RESTMethod: Codable, Sendable {
    var httpMethod: String
    var authorizationType = "NONE"
    var apiKeyRequired = false
    var operationName: String?
    var requestParameters: [String: Bool]?
    var requestModels: [String: String]?
    /// By status code.
    var methodResponses: [String: RESTMethodResponse]?
    var methodIntegration: RESTIntegration?
}

struct RESTMethodResponse: Codable, Sendable {
    let statusCode: String
    var responseParameters: [String: Bool]?
    var responseModels: [String: String]?
}

struct RESTIntegration: Codable, Sendable {
    struct TLS: Codable, Sendable {
        var insecureSkipVerification: Bool?
    }

    var type: String
    var httpMethod: String?
    var uri: String?
    var connectionType: String?
    var credentials: String?
    var requestParameters: [String: String]?
    var requestTemplates: [String: String]?
    var passthroughBehavior = "WHEN_NO_MATCH"
    var contentHandling: String?
    var timeoutInMillis = 29_000
    var cacheNamespace: String
    var cacheKeyParameters: [String] = []
    var tlsConfig: TLS?
    /// By status code.
    var integrationResponses: [String: RESTIntegrationResponse]?
}

struct RESTIntegrationResponse: Codable, Sendable {
    let statusCode: String
    var selectionPattern: String?
    var responseParameters: [String: String]?
    var responseTemplates: [String: String]?
    var contentHandling: String?
}

struct RESTDeployment: Codable, Sendable {
    let id: String
    var description: String?
    let createdDate: Double
}

struct RESTStage: Codable, Sendable {
    struct MethodSetting: Codable, Sendable {
        var metricsEnabled = false
        var loggingLevel: String?
        var dataTraceEnabled = false
        var throttlingBurstLimit: Int?
        var throttlingRateLimit: Double?
        var cachingEnabled = false
        var cacheTtlInSeconds = 300
        var cacheDataEncrypted = false
        var requireAuthorizationForCacheControl = true
        var unauthorizedCacheControlHeaderStrategy = "SUCCEED_WITH_RESPONSE_HEADER"
    }

    var deploymentId: String
    let stageName: String
    var description: String?
    var cacheClusterEnabled = false
    var cacheClusterSize: String?
    var cacheClusterStatus = "NOT_AVAILABLE"
    /// By path and method: `*/*`, `~1pets/GET`.
    var methodSettings: [String: MethodSetting] = [:]
    var variables: [String: String]?
    var documentationVersion: String?
    var accessLogSettings: [String: String]?
    var tracingEnabled = false
    var tags: [String: String]?
    let createdDate: Double
    var lastUpdatedDate: Double
}

/// An API key. It is accepted by the stages of the usage plans that it belongs to.
struct GatewayKey: Codable, Sendable {
    let id: String
    let value: String
    var name: String?
    var customerId: String?
    var description: String?
    var enabled: Bool
    let createdDate: Double
    var lastUpdatedDate: Double
    var stageKeys: [String] = []
    var tags: [String: String]?

    func described(includesValue: Bool) -> JSON { includesValue ? JSON(self) : JSON(self).without("value") }
}

/// A usage plan and its keys.
struct UsagePlanRecord: Codable, Sendable {
    struct Throttle: Codable, Sendable {
        var burstLimit: Int?
        var rateLimit: Double?
    }

    struct Quota: Codable, Sendable {
        var limit: Int
        var offset: Int = 0
        var period: String
    }

    struct Stage: Codable, Sendable {
        let apiId: String
        let stage: String
        /// By path and method: `/pets/GET`.
        var throttle: [String: Throttle]?
    }

    struct Plan: Codable, Sendable {
        let id: String
        var name: String
        var description: String?
        var apiStages: [Stage] = []
        var throttle: Throttle?
        var quota: Quota?
        var tags: [String: String]?
    }

    var plan: Plan
    var createdDate: Double
    var keyIDs: [String] = []
}
