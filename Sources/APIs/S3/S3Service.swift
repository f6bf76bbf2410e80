package import AWS
package import Buckets
package import Definitions
import Foundation
package import Logging
import Platform

/// Implements S3.
package struct S3Service: Sendable {
    package static let description = AWSServiceDescription(
        name: "s3",
        operations: S3Operation.allCases.map(\.rawValue)
    )

    /// The limits of objects, for Service Quotas.
    package static let quotas = [
        Quota(
            service: "s3",
            code: "L-PUT-SIZE",
            name: "Maximum size of an object in a single PUT, and of a part",
            value: Double(putLimit),
            unit: "Bytes",
            isAdjustable: false
        ),
        Quota(
            service: "s3",
            code: "L-PARTS",
            name: "Parts per object",
            value: Double(partCount.upperBound),
            unit: "None",
            isAdjustable: false
        ),
    ]

    /// Maximum bytes of an object in one PUT, and of a part.
    static let putLimit = 5 << 30
    /// Maximum bytes of a document in the body of a request: ten thousand parts with their checksums.
    static let documentLimit = 8 << 20

    let buckets: BucketService
    let logger: Logger

    package init(buckets: BucketService, logger: Logger) {
        self.buckets = buckets
        self.logger = logger
    }

    /// Responds to a request. Errors have S3's format.
    package func respond(
        method: String,
        target: String,
        headers: [String: String],
        region: String,
        chunkSignatures: ChunkSignatures?,
        body: S3Body
    ) async -> S3Response {
        do {
            let parsed = try S3Request(
                method: method,
                target: target,
                headers: headers,
                region: region,
                chunkSignatures: chunkSignatures
            )
            return await answer(parsed) { try await respond(to: parsed, body) }
        } catch {
            return await answer(nil) { throw error }
        }
    }

    /// Returns the response of `work`, or its error in S3's format.
    func answer(_ request: S3Request?, _ work: () async throws -> S3Response) async -> S3Response {
        let id = request?.id ?? String(UUID().uuidString.replacing("-", with: "").prefix(16))
        var answer: S3Response
        do {
            answer = try await work()
        } catch {
            answer = S3Response(awsError(error, request), to: request, id: id)
        }
        answer.headers.append(("x-amz-request-id", id))
        return answer
    }

    func awsError(_ error: any Error, _ request: S3Request?) -> AWSError {
        switch error {
        case let error as AWSError: return error
        case BucketError.objectChanging: return Self.slowDown("The object changes too often to be read.")
        case BucketError.sourceReplaced:
            return Self.slowDown("The source was replaced in the meantime. Please try again.")
        case BucketError.partReplaced: return Self.slowDown("A part was replaced in the meantime. Please try again.")
        default:
            if let full = RoostError(diskFull: error) {
                logger.error("The disk is full")
                return AWSError("InternalError", full.message, status: 507)
            }
            logger.error("S3 request failed", metadata: ["error": "\(error)", "method": "\(request?.method ?? "")"])
            return AWSError("InternalError", "We encountered an internal error. Please try again.", status: 500)
        }
    }

    private func respond(to request: S3Request, _ body: S3Body) async throws -> S3Response {
        let operation = try S3Operation(request)
        if let owner = request.headers["x-amz-expected-bucket-owner"], owner != AWSAccount.id {
            throw AWSError("AccessDenied", "Access Denied", status: 403)
        }
        switch operation {
        case .listBuckets: return try await listBuckets(request)
        case .createBucket: return try await createBucket(request, body)
        case .headBucket: return try await headBucket(request)
        case .deleteBucket: return try await deleteBucket(request)
        case .getBucketLocation: return try await bucketLocation(request)
        case .listObjects, .listObjectsV2: return try await listObjects(request, isV2: operation == .listObjectsV2)
        case .putObject: return try await putObject(request, body)
        case .getObject, .headObject: return try await getObject(request)
        case .deleteObject: return try await deleteObject(request)
        case .deleteObjects: return try await deleteObjects(request, body)
        case .copyObject: return try await copyObject(request)
        case .createMultipartUpload: return try await createUpload(request)
        case .uploadPart: return try await uploadPart(request, body)
        case .uploadPartCopy: return try await uploadPartCopy(request)
        case .completeMultipartUpload: return try await completeUpload(request, body)
        case .abortMultipartUpload: return try await abortUpload(request)
        case .listParts: return try await listParts(request)
        case .listMultipartUploads: return try await listUploads(request)
        case .putBucketWebsite: return try await putWebsite(request, body)
        case .getBucketWebsite: return try await getWebsite(request)
        case .deleteBucketWebsite: return try await removeSetting(.website, request)
        case .putBucketCORS: return try await putCORS(request, body)
        case .getBucketCORS: return try await getCORS(request)
        case .deleteBucketCORS: return try await removeSetting(.cors, request)
        case .putBucketPolicy: return try await putPolicy(request, body)
        case .getBucketPolicy: return try await getPolicy(request)
        case .getBucketPolicyStatus: return try await getPolicyStatus(request)
        case .deleteBucketPolicy: return try await removeSetting(.policy, request)
        case .putPublicAccessBlock: return try await putPublicAccessBlock(request, body)
        case .getPublicAccessBlock: return try await getPublicAccessBlock(request)
        case .deletePublicAccessBlock: return try await removeSetting(.publicAccessBlock, request)
        case .putBucketOwnershipControls: return try await putOwnershipControls(request, body)
        case .getBucketOwnershipControls: return try await getOwnershipControls(request)
        case .deleteBucketOwnershipControls: return try await removeSetting(.ownershipControls, request)
        case .putBucketACL: return try await putBucketACL(request)
        case .getBucketACL: return try await getBucketACL(request)
        case .putObjectACL: return try await putObjectACL(request)
        case .getObjectACL: return try await getObjectACL(request)
        case .putObjectTagging: return try await putObjectTagging(request, body)
        case .getObjectTagging: return try await getObjectTagging(request)
        case .deleteObjectTagging: return try await deleteObjectTagging(request)
        case .listObjectVersions: return try await listVersions(request)
        case .putBucketTagging: return try await putBucketTagging(request, body)
        case .getBucketTagging: return try await getBucketTagging(request)
        case .deleteBucketTagging: return try await removeSetting(.tagging, request)
        case .putBucketLifecycle: return try await putLifecycle(request, body)
        case .getBucketLifecycle: return try await getLifecycle(request)
        case .deleteBucketLifecycle: return try await removeSetting(.lifecycle, request)
        case .putBucketVersioning: return try await putVersioning(request, body)
        case .getBucketVersioning: return try await getVersioning(request)
        default: return try await respond(toSettingNotKept: operation, request, body)
        }
    }

    /// Reads a document from the body, and verifies its length, its checksums and its signature.
    func document(_ request: S3Request, _ body: S3Body) async throws -> [UInt8] {
        let checks = try Checks(request)
        var bytes: [UInt8] = []
        let trailers = try await receive(request, body, limit: Self.documentLimit) { bytes += $0 }
        try checks.with(trailers: trailers).verify(bytes)
        return bytes
    }

    static func noBucket() -> AWSError {
        AWSError("NoSuchBucket", "The specified bucket does not exist", status: 404)
    }

    static func noKey() -> AWSError { AWSError("NoSuchKey", "The specified key does not exist.", status: 404) }

    private static func slowDown(_ reason: String) -> AWSError { AWSError("SlowDown", reason, status: 503) }

    static func notImplemented(_ what: String) -> AWSError {
        AWSError(
            "NotImplemented",
            "A header you provided implies functionality that is not implemented: \(what).",
            status: 501
        )
    }
}
