/// An HTTP API as it is edited. The members of the nested documents have AWS's names.
struct HTTPAPI: Codable, Sendable {
    struct CORS: Codable, Sendable {
        var allowCredentials: Bool?
        var allowHeaders: [String]?
        var allowMethods: [String]?
        var allowOrigins: [String]?
        var exposeHeaders: [String]?
        var maxAge: Int?
    }

    struct Settings: Codable, Sendable {
        let apiId: String
        var name: String
        var description: String?
        var version: String?
        var protocolType = "HTTP"
        var apiKeySelectionExpression = "$request.header.x-api-key"
        var routeSelectionExpression = "$request.method $request.path"
        var corsConfiguration: CORS?
        var disableExecuteApiEndpoint = false
        var ipAddressType = "ipv4"
        let createdDate: String
        var tags: [String: String]?
    }

    var settings: Settings
    /// Grows with every change, so that what was prepared for calls is prepared again.
    var revision = 0
    /// By ID.
    var routes: [String: HTTPRoute] = [:]
    /// By ID.
    var integrations: [String: HTTPIntegration] = [:]
    /// By name.
    var stages: [String: HTTPStage] = [:]
    var deployments: [HTTPDeployment] = []

    /// What a deployment keeps.
    var snapshot: HTTPSnapshot {
        HTTPSnapshot(routes: routes.values.sorted { $0.routeKey < $1.routeKey }, integrations: integrations)
    }
}

/// The part of an HTTP API that a deployment fixes.
struct HTTPSnapshot: Codable, Sendable {
    let routes: [HTTPRoute]
    let integrations: [String: HTTPIntegration]
}

struct HTTPRoute: Codable, Sendable {
    let routeId: String
    var routeKey: String
    /// `integrations/ID`
    var target: String?
    var authorizationType = "NONE"
    var apiKeyRequired = false
    var operationName: String?
    /// Whether a quick create made it.
    var apiGatewayManaged: Bool?

    var integrationID: String? {
        target.flatMap { $0.hasPrefix("integrations/") ? String($0.dropFirst(13)) : nil }
    }
}

struct HTTPIntegration: Codable, Sendable {
    let integrationId: String
    var integrationType: String
    var integrationUri: String?
    var integrationMethod: String?
    var payloadFormatVersion = "1.0"
    var timeoutInMillis = 30_000
    var connectionType = "INTERNET"
    var credentialsArn: String?
    var description: String?
    var apiGatewayManaged: Bool?
}

struct HTTPStage: Codable, Sendable {
    struct RouteSettings: Codable, Sendable {
        var dataTraceEnabled: Bool?
        var detailedMetricsEnabled: Bool?
        var loggingLevel: String?
        var throttlingBurstLimit: Int?
        var throttlingRateLimit: Double?
    }

    let stageName: String
    var description: String?
    var deploymentId: String?
    var autoDeploy = false
    var defaultRouteSettings = RouteSettings(detailedMetricsEnabled: false)
    /// By route key.
    var routeSettings: [String: RouteSettings] = [:]
    var stageVariables: [String: String] = [:]
    var accessLogSettings: [String: String]?
    var apiGatewayManaged: Bool?
    var lastDeploymentStatusMessage: String?
    let createdDate: String
    var lastUpdatedDate: String
    var tags: [String: String]?
}

struct HTTPDeployment: Codable, Sendable {
    let deploymentId: String
    var description: String?
    var autoDeployed = false
    let createdDate: String
    var deploymentStatus = "DEPLOYED"
}
