import AWS
import Buckets
import Definitions
import Foundation

extension S3Service {
    /// Returns the bucket that a request names.
    @discardableResult
    func bucket(_ request: S3Request) async throws -> BucketRecord {
        guard let bucket = try await buckets.bucket(named: request.bucket) else { throw Self.noBucket() }
        return bucket
    }

    func listBuckets(_ request: S3Request) async throws -> S3Response {
        let prefix = request.parameter("prefix") ?? ""
        let after = request.parameter("continuation-token") ?? ""
        let limit = try request.count("max-buckets", limit: 10_000)
        let region = request.parameter("bucket-region")
        let found = try await buckets.buckets().filter {
            $0.name.utf8.starts(with: prefix.utf8) && $0.name > after && (region == nil || $0.region == region)
        }
        var xml = XMLWriter()
        xml.element("ListAllMyBucketsResult", namespace: XMLWriter.namespace) { xml in
            xml.owner("Owner")
            xml.element("Buckets") { xml in
                for bucket in found.prefix(limit) {
                    xml.element("Bucket") { xml in
                        xml.element("Name", bucket.name)
                        xml.element("CreationDate", bucket.createdAt)
                        xml.element("BucketRegion", bucket.region)
                    }
                }
            }
            if limit > 0, found.count > limit { xml.element("ContinuationToken", found[limit - 1].name) }
            if !prefix.isEmpty { xml.element("Prefix", prefix) }
        }
        return S3Response(xml: xml)
    }

    func createBucket(_ request: S3Request, _ body: S3Body) async throws -> S3Response {
        let name = request.bucket
        guard Name.isAllowed(bucket: name) else {
            throw AWSError("InvalidBucketName", "The specified bucket is not valid.")
        }
        if request.headers["x-amz-bucket-object-lock-enabled"]?.lowercased() == "true" {
            throw Self.notImplemented("x-amz-bucket-object-lock-enabled")
        }
        var region = request.region
        let length = request.headers["content-length"] ?? "0"
        if length != "0" || request.isChunked {
            let bytes = try await document(request, body)
            if !bytes.isEmpty {
                let root = try XMLElement(parsing: bytes, named: "CreateBucketConfiguration")
                guard root.child("Location") == nil else { throw Self.notImplemented("directory buckets") }
                if let constraint = root.child("LocationConstraint")?.text, !constraint.isEmpty {
                    guard constraint != "us-east-1", constraint.utf8.count <= 32,
                        constraint.utf8.allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: "-") })
                    else {
                        throw AWSError(
                            "InvalidLocationConstraint",
                            "The specified location-constraint is not valid"
                        )
                    }
                    region = constraint == "EU" ? "eu-west-1" : constraint
                }
            }
        }
        // As on AWS: in us-east-1, you can create a bucket that you already own.
        guard try await buckets.addBucket(name, region: region, at: request.time) || region == "us-east-1"
        else {
            throw AWSError(
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
                status: 409
            )
        }
        return S3Response(headers: [("location", "/\(name)")])
    }

    func headBucket(_ request: S3Request) async throws -> S3Response {
        S3Response(headers: [("x-amz-bucket-region", try await bucket(request).region)])
    }

    func deleteBucket(_ request: S3Request) async throws -> S3Response {
        switch try await buckets.removeBucket(request.bucket) {
        case .removed: break
        case .noBucket: throw Self.noBucket()
        case .notEmpty:
            throw AWSError("BucketNotEmpty", "The bucket you tried to delete is not empty", status: 409)
        }
        return S3Response(status: 204)
    }

    func bucketLocation(_ request: S3Request) async throws -> S3Response {
        let region = try await bucket(request).region
        var xml = XMLWriter()
        xml.element("LocationConstraint", namespace: XMLWriter.namespace) { xml in
            if region != "us-east-1" { xml.content(region) }
        }
        return S3Response(xml: xml)
    }
}

extension UInt8 {
    var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }
}

extension XMLWriter {
    /// Writes the owner, who is the same for everything.
    mutating func owner(_ name: String) {
        element(name) { xml in
            xml.element("ID", AWSAccount.id)
            xml.element("DisplayName", "roost")
        }
    }
}
