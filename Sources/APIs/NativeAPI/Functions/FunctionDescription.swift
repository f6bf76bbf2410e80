package import Definitions
public import Foundation

/// `GET /v1/functions/{function}`.
public struct FunctionDescription: Sendable, Codable {
    /// An archive with code.
    public struct Code: Sendable, Codable, Equatable {
        /// The digest of the archive, in hexadecimal.
        public var sha256: String
        public var byteCount: Int

        private enum CodingKeys: String, CodingKey {
            case sha256
            case byteCount = "byte_count"
        }
    }

    /// A version of a layer.
    public struct Layer: Sendable, Codable {
        public var name: String
        public var version: Int
    }

    /// A published version.
    public struct Version: Sendable, Codable {
        public var version: String
        public var description: String
        public var code: Code
        public var publishedAt: Date

        private enum CodingKeys: String, CodingKey {
            case version, description, code
            case publishedAt = "published_at"
        }
    }

    /// A name for a version, or for two that share the events.
    public struct Alias: Sendable, Codable {
        public var name: String
        public var version: String
        /// The share of the events that another version gets, by its number.
        public var shares: [String: Double]
    }

    /// An address for HTTP requests.
    public struct Address: Sendable, Codable {
        public var id: String
        /// The alias that handles the requests; `nil` for the current code.
        public var alias: String?
        public var authType: String

        private enum CodingKeys: String, CodingKey {
            case id, alias
            case authType = "auth_type"
        }
    }

    public var name: String
    public var runtime: String
    public var handler: String
    public var timeoutSeconds: Int
    public var memoryMegabytes: Int
    public var storageMegabytes: Int
    public var description: String
    public var environment: [String: String]
    /// The most events at once, beyond which events are refused; `nil` for the server's default, beyond which they wait.
    public var concurrency: Int?
    public var layers: [Layer]
    public var code: Code
    /// The published versions, oldest first.
    public var versions: [Version]
    public var aliases: [Alias]
    public var urls: [Address]
    public var createdAt: Date
    public var modifiedAt: Date

    private enum CodingKeys: String, CodingKey {
        case name, runtime, handler, description, environment, concurrency, layers, code, versions, aliases, urls
        case timeoutSeconds = "timeout_seconds"
        case memoryMegabytes = "memory_mb"
        case storageMegabytes = "storage_mb"
        case createdAt = "created_at"
        case modifiedAt = "modified_at"
    }

    package init(_ function: Function) {
        let configuration = function.code.configuration
        name = function.name
        runtime = configuration.runtime
        handler = configuration.handler
        timeoutSeconds = configuration.timeout
        memoryMegabytes = configuration.memory
        storageMegabytes = configuration.storage
        description = configuration.description
        environment = configuration.environment
        concurrency = function.reservedConcurrency
        layers = configuration.layers.map { Layer(name: $0.name, version: $0.number) }
        code = Code(function.code.code)
        versions = function.published.map { version in
            Version(
                version: version.number,
                description: version.configuration.description,
                code: Code(version.code),
                publishedAt: version.modifiedAt
            )
        }
        aliases = function.aliases.map { Alias(name: $0.name, version: $0.version, shares: $0.routing) }
        urls = function.urls.map { Address(id: $0.id, alias: $0.qualifier, authType: $0.authType) }
        createdAt = function.createdAt
        modifiedAt = function.code.modifiedAt
    }
}

extension FunctionDescription.Code {
    fileprivate init(_ code: FunctionCode) { self.init(sha256: code.digest, byteCount: code.byteCount) }

    fileprivate static let schema = Schema.object(["sha256": .string(), "byte_count": .integer(min: 0)])
}

extension FunctionDescription: WireType {
    package static let schemaName = "Function"
    package static let schema = Schema.object(
        [
            "name": .string(), "runtime": .string(), "handler": .string(), "timeout_seconds": .integer(),
            "memory_mb": .integer(), "storage_mb": .integer(), "description": .string(),
            "environment": .map(.string()),
            "layers": .list(.object(["name": .string(), "version": .integer(min: 1)])), "code": Code.schema,
            "versions": .list(
                .object([
                    "version": .string(), "description": .string(), "code": Code.schema, "published_at": .time,
                ])
            ),
            "aliases": .list(
                .object(["name": .string(), "version": .string(), "shares": .map(.number(min: 0, max: 1))])
            ),
            "urls": .list(.object(["id": .string(), "auth_type": .string()], optional: ["alias": .string()])),
            "created_at": .time, "modified_at": .time,
        ],
        optional: ["concurrency": .integer(min: 0)]
    )
}

/// `GET /v1/functions`.
public struct FunctionList: Sendable, Codable {
    /// The functions, by name.
    public var functions: [FunctionDescription]
    /// The number of functions on all pages.
    public var total: Int

    public init(functions: [FunctionDescription], total: Int) {
        self.functions = functions
        self.total = total
    }
}

extension FunctionList: WireType {
    package static let schema = Schema.object([
        "functions": .list(of: FunctionDescription.self), "total": .integer(min: 0),
    ])
}
