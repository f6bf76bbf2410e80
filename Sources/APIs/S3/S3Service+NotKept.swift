import AWS
import Buckets

// Settings that clients read and that this server does not have. A request for one says that it is not set, in the words of S3; one
// that sets it to what it is succeeds; and any other is refused. S3 has encrypted every bucket by default since 2023, and so has no
// bucket without that setting any more; to say so here would be untrue.
//
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and API_GetBucketEncryption.html
extension S3Service {
    func respond(
        toSettingNotKept operation: S3Operation,
        _ request: S3Request,
        _ body: S3Body
    ) async throws -> S3Response {
        try await bucket(request)
        switch operation {
        case .getBucketEncryption:
            throw Self.notSet(
                "ServerSideEncryptionConfigurationNotFoundError",
                "The server side encryption configuration was not found"
            )
        case .getBucketReplication:
            throw Self.notSet("ReplicationConfigurationNotFoundError", "The replication configuration was not found")
        case .getObjectLock:
            throw Self.notSet(
                "ObjectLockConfigurationNotFoundError",
                "Object Lock configuration does not exist for this bucket"
            )
        case .deleteBucketEncryption, .deleteBucketReplication: return S3Response(status: 204)
        case .getBucketLogging: return Self.empty("BucketLoggingStatus")
        case .getBucketNotification: return Self.empty("NotificationConfiguration")
        case .getBucketAcceleration: return Self.empty("AccelerateConfiguration")
        case .putBucketLogging: return try await accept("BucketLoggingStatus", "access logs", request, body)
        case .putBucketNotification:
            return try await accept("NotificationConfiguration", "notifications", request, body)
        case .getBucketRequestPayment:
            return Self.empty("RequestPaymentConfiguration") { $0.element("Payer", "BucketOwner") }
        case .putBucketRequestPayment:
            let root = try XMLElement(parsing: await document(request, body), named: "RequestPaymentConfiguration")
            guard root.child("Payer")?.text == "BucketOwner" else { throw Self.notImplemented("payment by requesters") }
            return S3Response()
        case .listBucketAnalytics: return try Self.noConfigurations("ListBucketAnalyticsConfigurationsResult", request)
        case .listBucketInventories: return try Self.noConfigurations("ListInventoryConfigurationsResult", request)
        case .listBucketMetrics: return try Self.noConfigurations("ListMetricsConfigurationsResult", request)
        case .listBucketIntelligentTiering:
            return try Self.noConfigurations("ListBucketIntelligentTieringConfigurationsOutput", request)
        default: throw Self.notImplemented(operation.rawValue)
        }
    }

    private static func notSet(_ code: String, _ message: String) -> AWSError {
        AWSError(code, message, status: 404)
    }

    private static func empty(_ name: String, _ content: (inout XMLWriter) -> Void = { _ in }) -> S3Response {
        var xml = XMLWriter()
        xml.element(name, namespace: XMLWriter.namespace, content)
        return S3Response(xml: xml)
    }

    private static func noConfigurations(_ name: String, _ request: S3Request) throws -> S3Response {
        guard request.parameter("id") == nil else {
            throw notSet("NoSuchConfiguration", "The specified configuration does not exist.")
        }
        return empty(name) { $0.element("IsTruncated", "false") }
    }

    /// Accepts a document that sets nothing.
    private func accept(
        _ name: String,
        _ feature: String,
        _ request: S3Request,
        _ body: S3Body
    ) async throws -> S3Response {
        let root = try XMLElement(parsing: await document(request, body), named: name)
        guard root.children.isEmpty else { throw Self.notImplemented(feature) }
        return S3Response()
    }
}
