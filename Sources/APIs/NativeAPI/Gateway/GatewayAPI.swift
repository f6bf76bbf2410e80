public import Foundation

/// An API of API Gateway: routes for HTTP requests, and the stages in which they answer.
public struct GatewayAPI: Sendable, Codable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        case http = "HTTP"
        case rest = "REST"
    }

    public struct Route: Sendable, Codable {
        /// A method and a path, such as `GET /pets/{id}`, or `$default`.
        public var key: String
        /// What answers: a function's ARN, a URL, or the kind of the integration; `nil` if nothing does.
        public var target: String?

        package init(key: String, target: String?) {
            self.key = key
            self.target = target
        }
    }

    public struct Stage: Sendable, Codable {
        public var name: String
        /// The path below which the stage answers on this server, percent-encoded.
        public var path: String

        package init(name: String, path: String) {
            self.name = name
            self.path = path
        }
    }

    public var id: String
    public var name: String
    public var kind: Kind
    public var description: String?
    /// The routes as they are edited, by key. A stage answers as it was deployed.
    public var routes: [Route]
    /// The stages, by name.
    public var stages: [Stage]
    public var createdAt: Date?

    private enum CodingKeys: String, CodingKey {
        case id, name, kind, description, routes, stages
        case createdAt = "created_at"
    }

    package init(
        id: String,
        name: String,
        kind: Kind,
        description: String?,
        routes: [Route],
        stages: [Stage],
        createdAt: Date?
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.description = description
        self.routes = routes
        self.stages = stages
        self.createdAt = createdAt
    }
}

extension GatewayAPI: WireType {
    package static let schemaName = "API"
    package static let schema = Schema.object(
        [
            "id": .string(), "name": .string(), "kind": .choice(of: Kind.self),
            "routes": .list(.object(["key": .string()], optional: ["target": .string()])),
            "stages": .list(.object(["name": .string(), "path": .string()])),
        ],
        optional: ["description": .string(), "created_at": .time]
    )
}

/// `GET /v1/apis`.
public struct GatewayAPIList: Sendable, Codable {
    /// The APIs, by name.
    public var apis: [GatewayAPI]
    /// The number of APIs on all pages.
    public var total: Int

    package init(apis: [GatewayAPI], total: Int) {
        self.apis = apis
        self.total = total
    }
}

extension GatewayAPIList: WireType {
    package static let schemaName = "APIList"
    package static let schema = Schema.object(["apis": .list(of: GatewayAPI.self), "total": .integer(min: 0)])
}
