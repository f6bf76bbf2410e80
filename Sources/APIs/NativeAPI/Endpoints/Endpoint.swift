package import Definitions
import Endpoints
public import Foundation

/// An endpoint of SageMaker's API: variants that share its traffic, or one variant and shadows of it.
public struct Endpoint: Sendable, Codable {
    public enum Status: String, Sendable, Codable, CaseIterable {
        case creating = "Creating"
        case inService = "InService"
        case updating = "Updating"
        case deleting = "Deleting"
        case failed = "Failed"
    }

    /// A model version and its share of the traffic.
    public struct Variant: Sendable, Codable {
        public var name: String
        public var model: String
        /// `nil` if the model no longer exists.
        public var version: String?
        /// Relative to the other variants' weights. Of a shadow: to the production variant's.
        public var weight: Double
        public var instanceCount: Int?
        public var instanceType: String?
        /// Why the model cannot be served.
        public var problem: String?

        private enum CodingKeys: String, CodingKey {
            case name, model, version, weight, problem
            case instanceCount = "instance_count"
            case instanceType = "instance_type"
        }

        init(_ variant: EndpointDefinition.Variant) {
            name = variant.name
            model = variant.model.name
            version = variant.model.version
            weight = variant.weight
            instanceCount = variant.instanceCount
            instanceType = variant.instanceType
            problem = variant.problem
        }
    }

    /// Which requests and responses are stored in a bucket.
    public struct Capture: Sendable, Codable {
        /// The URI of a bucket, with or without a prefix of keys.
        public var destination: String
        /// The share of the invocations that are stored, 0 to 100.
        public var percentage: Int

        init?(_ capture: CaptureDefinition?) {
            guard let capture, capture.isEnabled else { return nil }
            destination = capture.destination
            percentage = capture.percentage
        }
    }

    /// A change that is not complete.
    public struct Change: Sendable, Codable {
        /// The endpoint configuration that it leads to; `nil` if it changes only weights or deletes the endpoint.
        public var configuration: String?
        public var startedAt: Date

        private enum CodingKeys: String, CodingKey {
            case configuration
            case startedAt = "started_at"
        }
    }

    public var name: String
    public var status: Status
    public var failureReason: String?
    /// The endpoint configuration that serves; `nil` until the endpoint first serves.
    public var configuration: String?
    public var variants: [Variant]
    public var shadows: [Variant]
    /// `nil` if nothing is captured.
    public var capture: Capture?
    public var pending: Change?
    public var createdAt: Date
    public var modifiedAt: Date

    private enum CodingKeys: String, CodingKey {
        case name, status, configuration, variants, shadows, capture, pending
        case failureReason = "failure_reason"
        case createdAt = "created_at"
        case modifiedAt = "modified_at"
    }

    /// - Parameter configuration: Returns the name of a definition's endpoint configuration.
    init(_ name: String, _ entry: EndpointService.Entry, configuration: (EndpointDefinition) -> String?) {
        let record = entry.record
        let serving = record.serving?.definition
        self.name = name
        status = Status(record.status)
        failureReason = record.failureReason
        self.configuration = serving.flatMap(configuration)
        variants = serving?.variants.map(Variant.init) ?? []
        shadows = serving?.shadows.map(Variant.init) ?? []
        capture = Capture(serving?.capture)
        pending = record.pending.map { change in
            guard case .definition(let wanted, _) = change.kind else { return Change(startedAt: change.startedAt) }
            return Change(configuration: configuration(wanted), startedAt: change.startedAt)
        }
        createdAt = entry.createdAt
        modifiedAt = entry.modifiedAt
    }
}

extension Endpoint.Status {
    fileprivate init(_ status: EndpointRecord.Status) {
        self =
            switch status {
            case .creating: .creating
            case .inService: .inService
            case .updating: .updating
            case .deleting: .deleting
            case .failed: .failed
            }
    }
}

extension Endpoint: WireType {
    package static let schema = Schema.object(
        [
            "name": .string(), "status": .choice(of: Status.self), "variants": .list(of: Variant.self),
            "shadows": .list(of: Variant.self), "created_at": .time, "modified_at": .time,
        ],
        optional: [
            "failure_reason": .string(), "configuration": .string(),
            "capture": .object(["destination": .string(), "percentage": .integer(min: 0, max: 100)]),
            "pending": .object(["started_at": .time], optional: ["configuration": .string()]),
        ]
    )
}

extension Endpoint.Variant: WireType {
    package static let schemaName = "EndpointVariant"
    package static let schema = Schema.object(
        ["name": .string(), "model": .string(), "weight": .number(min: 0)],
        optional: [
            "version": .string(), "instance_count": .integer(), "instance_type": .string(), "problem": .string(),
        ]
    )
}

/// `GET /v1/endpoints`.
public struct EndpointList: Sendable, Codable {
    /// The endpoints of the page, by name.
    public var endpoints: [Endpoint]
    /// The number of endpoints on all pages.
    public var total: Int
}

extension EndpointList: WireType {
    package static let schema = Schema.object([
        "endpoints": .list(of: Endpoint.self), "total": .integer(min: 0),
    ])
}

/// An endpoint configuration: what an endpoint can be told to serve.
public struct EndpointConfiguration: Sendable, Codable {
    public var name: String
    public var variants: [Endpoint.Variant]
    public var shadows: [Endpoint.Variant]
    /// `nil` if nothing is captured.
    public var capture: Endpoint.Capture?
    public var createdAt: Date

    private enum CodingKeys: String, CodingKey {
        case name, variants, shadows, capture
        case createdAt = "created_at"
    }

    package init(_ name: String, _ definition: EndpointDefinition, createdAt: Date) {
        self.name = name
        variants = definition.variants.map(Endpoint.Variant.init)
        shadows = definition.shadows.map(Endpoint.Variant.init)
        capture = Endpoint.Capture(definition.capture)
        self.createdAt = createdAt
    }
}

extension EndpointConfiguration: WireType {
    package static let schema = Schema.object(
        [
            "name": .string(), "variants": .list(of: Endpoint.Variant.self),
            "shadows": .list(of: Endpoint.Variant.self), "created_at": .time,
        ],
        optional: ["capture": .object(["destination": .string(), "percentage": .integer(min: 0, max: 100)])]
    )
}

/// `GET /v1/endpoint-configurations`.
public struct EndpointConfigurationList: Sendable, Codable {
    /// The configurations of the page, newest first.
    public var configurations: [EndpointConfiguration]
    /// The number of configurations on all pages.
    public var total: Int
}

extension EndpointConfigurationList: WireType {
    package static let schema = Schema.object([
        "configurations": .list(of: EndpointConfiguration.self), "total": .integer(min: 0),
    ])
}
