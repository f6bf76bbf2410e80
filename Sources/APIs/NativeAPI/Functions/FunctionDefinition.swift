import Definitions
public import Foundation

/// The body of `PUT /v1/functions/{function}`. A field without a value gets the default if the function is new; otherwise, it
/// stays as it is.
public struct FunctionDefinition: Sendable, Codable, Equatable {
    /// How many events the function may handle at once.
    public enum Concurrency: Sendable, Equatable {
        /// As many as the server lets every function handle. More events wait. `null` in JSON.
        case standard
        /// This many. More events are refused.
        case reserved(Int)
    }

    /// `python3.14`, or `provided` for a program of its own.
    public var runtime: String?
    /// `MODULE.FUNCTION`.
    public var handler: String?
    /// The time limit of an invocation.
    public var timeoutSeconds: Int?
    /// The memory of a process.
    public var memoryMegabytes: Int?
    /// The temporary files of a process.
    public var storageMegabytes: Int?
    public var description: String?
    /// Environment variables; all of them.
    public var environment: [String: String]?
    public var concurrency: Concurrency?
    /// A zip archive; Base64 in JSON.
    public var code: Data?
    /// The text of a Python file, in place of an archive.
    public var source: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case runtime, handler, description, environment, concurrency, code, source
        case timeoutSeconds = "timeout_seconds"
        case memoryMegabytes = "memory_mb"
        case storageMegabytes = "storage_mb"
    }

    /// A definition without any values.
    public init() {}

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        runtime = try container.decodeIfPresent(String.self, forKey: .runtime)
        handler = try container.decodeIfPresent(String.self, forKey: .handler)
        timeoutSeconds = try container.decodeIfPresent(Int.self, forKey: .timeoutSeconds)
        memoryMegabytes = try container.decodeIfPresent(Int.self, forKey: .memoryMegabytes)
        storageMegabytes = try container.decodeIfPresent(Int.self, forKey: .storageMegabytes)
        description = try container.decodeIfPresent(String.self, forKey: .description)
        environment = try container.decodeIfPresent([String: String].self, forKey: .environment)
        if container.contains(.concurrency) {
            concurrency =
                try container.decodeIfPresent(Int.self, forKey: .concurrency).map { .reserved($0) } ?? .standard
        }
        code = try container.decodeIfPresent(Data.self, forKey: .code)
        source = try container.decodeIfPresent(String.self, forKey: .source)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(runtime, forKey: .runtime)
        try container.encodeIfPresent(handler, forKey: .handler)
        try container.encodeIfPresent(timeoutSeconds, forKey: .timeoutSeconds)
        try container.encodeIfPresent(memoryMegabytes, forKey: .memoryMegabytes)
        try container.encodeIfPresent(storageMegabytes, forKey: .storageMegabytes)
        try container.encodeIfPresent(description, forKey: .description)
        try container.encodeIfPresent(environment, forKey: .environment)
        switch concurrency {
        case .standard: try container.encodeNil(forKey: .concurrency)
        case .reserved(let number): try container.encode(number, forKey: .concurrency)
        case nil: break
        }
        try container.encodeIfPresent(code, forKey: .code)
        try container.encodeIfPresent(source, forKey: .source)
    }
}

extension FunctionDefinition: WireType {
    package static let schema = Schema.object(optional: [
        "runtime": .string(), "handler": .string(),
        "timeout_seconds": .integer(in: FunctionConfiguration.timeouts),
        "memory_mb": .integer(in: FunctionConfiguration.memories),
        "storage_mb": .integer(in: FunctionConfiguration.storages), "description": .string(),
        "environment": .map(.string()),
        "concurrency": .described("`null` for the default of the server", .anything),
        "code": .described("A zip archive in Base64", .string()),
        "source": .described("The text of a Python file, in place of `code`", .string()),
    ])
}

extension Schema {
    fileprivate static func integer(in range: ClosedRange<Int>) -> Schema {
        .integer(min: range.lowerBound, max: range.upperBound)
    }
}
