import AWS
import Buckets
import Definitions

// Tags of objects and of buckets.
extension S3Service {
    private static let bucketLimit = 50

    func getObjectTagging(_ request: S3Request) async throws -> S3Response {
        S3Response(xml: ObjectTags(of: try await object(request)).xml)
    }

    func putObjectTagging(_ request: S3Request, _ body: S3Body) async throws -> S3Response {
        try await bucket(request)
        let tags = try ObjectTags(parsing: await document(request, body), limit: ObjectTags.objectLimit)
        try await setTags(tags, request)
        return S3Response()
    }

    func deleteObjectTagging(_ request: S3Request) async throws -> S3Response {
        try await setTags(ObjectTags(stored: ""), request)
        return S3Response(status: 204)
    }

    private func object(_ request: S3Request) async throws -> ObjectRecord {
        try Self.checkVersion(request)
        try await bucket(request)
        guard let object = try await buckets.object(at: ObjectURI(bucket: request.bucket, key: request.key)) else {
            throw Self.noKey()
        }
        return object
    }

    private func setTags(_ tags: ObjectTags, _ request: S3Request) async throws {
        var object = try await object(request)
        object.headers[ObjectRecord.tagsHeader] = tags.query.isEmpty ? nil : tags.query
        // The tags are of the object that was there.
        guard try await buckets.setHeaders(of: object, in: request.bucket) else {
            throw AWSError(
                "OperationAborted",
                "The object was replaced in the meantime. Please try again.",
                status: 409
            )
        }
    }

    // MARK: Buckets

    func putBucketTagging(_ request: S3Request, _ body: S3Body) async throws -> S3Response {
        try await bucket(request)
        let tags = try ObjectTags(parsing: await document(request, body), limit: Self.bucketLimit)
        try await keep(tags.query, as: .tagging, request)
        return S3Response(status: 204)
    }

    func getBucketTagging(_ request: S3Request) async throws -> S3Response {
        try await bucket(request)
        guard let query = try await buckets.setting(.tagging, of: request.bucket) else {
            throw AWSError("NoSuchTagSet", "The TagSet does not exist", status: 404)
        }
        return S3Response(xml: ObjectTags(stored: query).xml)
    }
}
