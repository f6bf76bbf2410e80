package import Foundation

/// A service of AWS: what it is called, how its requests are recognized, and which operations of it are supported.
package struct AWSServiceDescription: Sendable {
    /// The query protocol: a form in, XML out.
    package struct Query: Sendable {
        package let version: String
        package let namespace: String

        package init(version: String, namespace: String) {
            self.version = version
            self.namespace = namespace
        }
    }

    /// The name that clients use: the `logs` of `boto3.client("logs")`.
    package let name: String
    /// The service's name in credential scopes.
    package let signingName: String
    /// The names of the supported operations.
    package let operations: [String]
    /// The part of `X-Amz-Target` before the operation, if the service speaks JSON 1.1.
    package var target: String?
    package var query: Query?
    /// Whether a method and path belong to the service, if it is recognized by them.
    package var acceptsPath: (@Sendable (_ method: String, _ path: String) -> Bool)?
    /// The beginning of the names of buckets to which the service's SDK sends usage data: accepted and discarded.
    package var usageDataBuckets: String?

    package init(
        name: String,
        signingName: String? = nil,
        operations: [String],
        target: String? = nil,
        query: Query? = nil
    ) {
        self.name = name
        self.signingName = signingName ?? name
        self.operations = operations.sorted()
        self.target = target
        self.query = query
    }
}

/// A service whose operations take and return structures.
package protocol AWSService: Sendable {
    static var description: AWSServiceDescription { get }
    /// AWS's constraints on the operations' inputs; `nil` if the service checks its inputs itself.
    static var model: ServiceModel? { get }

    /// Runs a supported operation; `nil` for an empty body.
    func run(_ call: AWSCall) async throws -> JSON?
}

/// A call of an operation.
package struct AWSCall: Sendable {
    package let operation: String
    /// Satisfies the constraints of the service's model.
    package let input: JSON
    /// The region of the credential scope, for use in ARNs.
    package let region: String
    /// When the request arrived.
    package let time: Date

    package init(operation: String, input: JSON, region: String, time: Date) {
        self.operation = operation
        self.input = input
        self.region = region
        self.time = time
    }
}

/// The one account of a server.
package enum AWSAccount {
    package static let id = "000000000000"
}

/// A response in the words of AWS.
package struct AWSResponse: Sendable {
    package var status = 200
    package var contentType = "application/x-amz-json-1.1"
    package var body = Data()
    package var headers: [String: String] = [:]

    package init() {}
}
