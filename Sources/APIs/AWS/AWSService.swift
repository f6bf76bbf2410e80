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
    /// The operations by method and path, if the service speaks REST with JSON bodies.
    package var rest: [RESTOperation] = []
    /// Maximum bytes of a request's body; `nil` for the limit of all control requests.
    package var bodyLimit: Int?
    /// The beginning of the names of buckets to which the service's SDK sends usage data: accepted and discarded.
    package var usageDataBuckets: String?

    package init(
        name: String,
        signingName: String? = nil,
        operations: [String],
        target: String? = nil,
        query: Query? = nil,
        rest: [RESTOperation] = []
    ) {
        self.name = name
        self.signingName = signingName ?? name
        self.operations = operations.sorted()
        self.target = target
        self.query = query
        self.rest = rest.filter { operations.contains($0.name) }
    }
}

/// A service whose operations take and return structures.
package protocol AWSService: Sendable {
    static var description: AWSServiceDescription { get }
    /// AWS's constraints on the operations' inputs; `nil` if the service checks its inputs itself.
    static var model: ServiceModel? { get }

    /// Runs a supported operation; `nil` for an empty body.
    func run(_ call: AWSCall) async throws -> JSON?

    /// Responds to a call of an operation in REST. By default, with the output of ``run(_:)`` and the operation's status.
    func respond(to call: AWSCall, status: Int) async throws -> AWSResponse
}

extension AWSService {
    package func respond(to call: AWSCall, status: Int) async throws -> AWSResponse {
        AWSResponse(try await run(call), status: status)
    }
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
    /// The access key that signed the request, verified only if the server verifies signatures.
    package var accessKey: String?
    /// The body of an operation in REST that takes it as it is.
    package var payload = Data()

    package init(operation: String, input: JSON, region: String, time: Date, accessKey: String? = nil) {
        self.operation = operation
        self.input = input
        self.region = region
        self.time = time
        self.accessKey = accessKey
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

    /// A response of a service that speaks REST.
    package init(_ output: JSON?, status: Int) {
        self.status = status
        contentType = "application/json"
        if let output { body = output.encoded }
    }
}
