package import AWS

/// The supported operations of S3. The others return 501, so that no client mistakes one response for another.
package enum S3Operation: String, Sendable, CaseIterable {
    case listBuckets = "ListBuckets"
    case createBucket = "CreateBucket"
    case headBucket = "HeadBucket"
    case deleteBucket = "DeleteBucket"
    case getBucketLocation = "GetBucketLocation"
    case listObjects = "ListObjects"
    case listObjectsV2 = "ListObjectsV2"
    case deleteObjects = "DeleteObjects"
    case putObject = "PutObject"
    case copyObject = "CopyObject"
    case getObject = "GetObject"
    case headObject = "HeadObject"
    case deleteObject = "DeleteObject"
    case createMultipartUpload = "CreateMultipartUpload"
    case uploadPart = "UploadPart"
    case uploadPartCopy = "UploadPartCopy"
    case completeMultipartUpload = "CompleteMultipartUpload"
    case abortMultipartUpload = "AbortMultipartUpload"
    case listParts = "ListParts"
    case listMultipartUploads = "ListMultipartUploads"
    case putBucketWebsite = "PutBucketWebsite"
    case getBucketWebsite = "GetBucketWebsite"
    case deleteBucketWebsite = "DeleteBucketWebsite"
    case putBucketCORS = "PutBucketCors"
    case getBucketCORS = "GetBucketCors"
    case deleteBucketCORS = "DeleteBucketCors"
    case putBucketPolicy = "PutBucketPolicy"
    case getBucketPolicy = "GetBucketPolicy"
    case getBucketPolicyStatus = "GetBucketPolicyStatus"
    case deleteBucketPolicy = "DeleteBucketPolicy"
    case putPublicAccessBlock = "PutPublicAccessBlock"
    case getPublicAccessBlock = "GetPublicAccessBlock"
    case deletePublicAccessBlock = "DeletePublicAccessBlock"
    case putBucketOwnershipControls = "PutBucketOwnershipControls"
    case getBucketOwnershipControls = "GetBucketOwnershipControls"
    case deleteBucketOwnershipControls = "DeleteBucketOwnershipControls"
    case putBucketACL = "PutBucketAcl"
    case getBucketACL = "GetBucketAcl"
    case putObjectACL = "PutObjectAcl"
    case getObjectACL = "GetObjectAcl"
    case putObjectTagging = "PutObjectTagging"
    case getObjectTagging = "GetObjectTagging"
    case deleteObjectTagging = "DeleteObjectTagging"
    case listObjectVersions = "ListObjectVersions"
    case putBucketTagging = "PutBucketTagging"
    case getBucketTagging = "GetBucketTagging"
    case deleteBucketTagging = "DeleteBucketTagging"
    case putBucketLifecycle = "PutBucketLifecycleConfiguration"
    case getBucketLifecycle = "GetBucketLifecycleConfiguration"
    case deleteBucketLifecycle = "DeleteBucketLifecycle"
    case putBucketVersioning = "PutBucketVersioning"
    case getBucketVersioning = "GetBucketVersioning"
    case getBucketEncryption = "GetBucketEncryption"
    case deleteBucketEncryption = "DeleteBucketEncryption"
    case getBucketReplication = "GetBucketReplication"
    case deleteBucketReplication = "DeleteBucketReplication"
    case getObjectLock = "GetObjectLockConfiguration"
    case putBucketLogging = "PutBucketLogging"
    case getBucketLogging = "GetBucketLogging"
    case putBucketNotification = "PutBucketNotificationConfiguration"
    case getBucketNotification = "GetBucketNotificationConfiguration"
    case getBucketAcceleration = "GetBucketAccelerateConfiguration"
    case putBucketRequestPayment = "PutBucketRequestPayment"
    case getBucketRequestPayment = "GetBucketRequestPayment"
    case listBucketAnalytics = "ListBucketAnalyticsConfigurations"
    case listBucketIntelligentTiering = "ListBucketIntelligentTieringConfigurations"
    case listBucketInventories = "ListBucketInventoryConfigurations"
    case listBucketMetrics = "ListBucketMetricsConfigurations"

    private enum Level { case service, bucket, object }

    /// How a request selects an operation: by its method, its path and its query.
    private struct Form {
        let method: String
        let level: Level
        var required: [String] = []
        var optional: [String] = []
    }

    private static let reading = ["versionId", "partNumber"]
    /// The parameters that select an operation of S3, or a part or version of an object. S3 ignores all that it does not know.
    private static let selecting: Set<String> = [
        "accelerate", "acl", "analytics", "attributes", "cors", "delete", "encryption", "intelligent-tiering",
        "inventory",
        "legal-hold", "lifecycle", "list-type", "location", "logging", "metadataConfiguration", "metadataTable",
        "metrics",
        "notification", "object-lock", "ownershipControls", "partNumber", "policy", "policyStatus", "publicAccessBlock",
        "renameObject", "replication", "requestPayment", "restore", "retention", "select", "session", "tagging",
        "torrent",
        "uploadId", "uploads", "versionId", "versioning", "versions", "website",
    ]

    private var form: Form {
        switch self {
        case .listBuckets: Form(method: "GET", level: .service)
        case .createBucket: Form(method: "PUT", level: .bucket)
        case .headBucket: Form(method: "HEAD", level: .bucket)
        case .deleteBucket: Form(method: "DELETE", level: .bucket)
        case .getBucketLocation: Form(method: "GET", level: .bucket, required: ["location"])
        case .listObjects: Form(method: "GET", level: .bucket)
        case .listObjectsV2: Form(method: "GET", level: .bucket, required: ["list-type"])
        case .deleteObjects: Form(method: "POST", level: .bucket, required: ["delete"])
        case .putObject, .copyObject: Form(method: "PUT", level: .object)
        case .getObject: Form(method: "GET", level: .object, optional: Self.reading)
        case .headObject: Form(method: "HEAD", level: .object, optional: Self.reading)
        case .deleteObject: Form(method: "DELETE", level: .object, optional: ["versionId"])
        case .createMultipartUpload: Form(method: "POST", level: .object, required: ["uploads"])
        case .uploadPart, .uploadPartCopy: Form(method: "PUT", level: .object, required: ["partNumber", "uploadId"])
        case .completeMultipartUpload: Form(method: "POST", level: .object, required: ["uploadId"])
        case .abortMultipartUpload: Form(method: "DELETE", level: .object, required: ["uploadId"])
        case .listParts: Form(method: "GET", level: .object, required: ["uploadId"])
        case .listMultipartUploads: Form(method: "GET", level: .bucket, required: ["uploads"])
        case .putBucketWebsite: Form(method: "PUT", level: .bucket, required: ["website"])
        case .getBucketWebsite: Form(method: "GET", level: .bucket, required: ["website"])
        case .deleteBucketWebsite: Form(method: "DELETE", level: .bucket, required: ["website"])
        case .putBucketCORS: Form(method: "PUT", level: .bucket, required: ["cors"])
        case .getBucketCORS: Form(method: "GET", level: .bucket, required: ["cors"])
        case .deleteBucketCORS: Form(method: "DELETE", level: .bucket, required: ["cors"])
        case .putBucketPolicy: Form(method: "PUT", level: .bucket, required: ["policy"])
        case .getBucketPolicy: Form(method: "GET", level: .bucket, required: ["policy"])
        case .getBucketPolicyStatus: Form(method: "GET", level: .bucket, required: ["policyStatus"])
        case .deleteBucketPolicy: Form(method: "DELETE", level: .bucket, required: ["policy"])
        case .putPublicAccessBlock: Form(method: "PUT", level: .bucket, required: ["publicAccessBlock"])
        case .getPublicAccessBlock: Form(method: "GET", level: .bucket, required: ["publicAccessBlock"])
        case .deletePublicAccessBlock: Form(method: "DELETE", level: .bucket, required: ["publicAccessBlock"])
        case .putBucketOwnershipControls: Form(method: "PUT", level: .bucket, required: ["ownershipControls"])
        case .getBucketOwnershipControls: Form(method: "GET", level: .bucket, required: ["ownershipControls"])
        case .deleteBucketOwnershipControls: Form(method: "DELETE", level: .bucket, required: ["ownershipControls"])
        case .putBucketACL: Form(method: "PUT", level: .bucket, required: ["acl"])
        case .getBucketACL: Form(method: "GET", level: .bucket, required: ["acl"])
        case .putObjectACL: Form(method: "PUT", level: .object, required: ["acl"], optional: ["versionId"])
        case .getObjectACL: Form(method: "GET", level: .object, required: ["acl"], optional: ["versionId"])
        case .putObjectTagging: Form(method: "PUT", level: .object, required: ["tagging"], optional: ["versionId"])
        case .getObjectTagging: Form(method: "GET", level: .object, required: ["tagging"], optional: ["versionId"])
        case .deleteObjectTagging:
            Form(method: "DELETE", level: .object, required: ["tagging"], optional: ["versionId"])
        case .listObjectVersions: Form(method: "GET", level: .bucket, required: ["versions"])
        case .putBucketTagging: Form(method: "PUT", level: .bucket, required: ["tagging"])
        case .getBucketTagging: Form(method: "GET", level: .bucket, required: ["tagging"])
        case .deleteBucketTagging: Form(method: "DELETE", level: .bucket, required: ["tagging"])
        case .putBucketLifecycle: Form(method: "PUT", level: .bucket, required: ["lifecycle"])
        case .getBucketLifecycle: Form(method: "GET", level: .bucket, required: ["lifecycle"])
        case .deleteBucketLifecycle: Form(method: "DELETE", level: .bucket, required: ["lifecycle"])
        case .putBucketVersioning: Form(method: "PUT", level: .bucket, required: ["versioning"])
        case .getBucketVersioning: Form(method: "GET", level: .bucket, required: ["versioning"])
        case .getBucketEncryption: Form(method: "GET", level: .bucket, required: ["encryption"])
        case .deleteBucketEncryption: Form(method: "DELETE", level: .bucket, required: ["encryption"])
        case .getBucketReplication: Form(method: "GET", level: .bucket, required: ["replication"])
        case .deleteBucketReplication: Form(method: "DELETE", level: .bucket, required: ["replication"])
        case .getObjectLock: Form(method: "GET", level: .bucket, required: ["object-lock"])
        case .putBucketLogging: Form(method: "PUT", level: .bucket, required: ["logging"])
        case .getBucketLogging: Form(method: "GET", level: .bucket, required: ["logging"])
        case .putBucketNotification: Form(method: "PUT", level: .bucket, required: ["notification"])
        case .getBucketNotification: Form(method: "GET", level: .bucket, required: ["notification"])
        case .getBucketAcceleration: Form(method: "GET", level: .bucket, required: ["accelerate"])
        case .putBucketRequestPayment: Form(method: "PUT", level: .bucket, required: ["requestPayment"])
        case .getBucketRequestPayment: Form(method: "GET", level: .bucket, required: ["requestPayment"])
        case .listBucketAnalytics: Form(method: "GET", level: .bucket, required: ["analytics"])
        case .listBucketIntelligentTiering: Form(method: "GET", level: .bucket, required: ["intelligent-tiering"])
        case .listBucketInventories: Form(method: "GET", level: .bucket, required: ["inventory"])
        case .listBucketMetrics: Form(method: "GET", level: .bucket, required: ["metrics"])
        }
    }

    /// Whether a web page of another origin may ask for it if a rule of the bucket allows its origin and method: only operations on
    /// objects and uploads, none that change buckets or their settings.
    var isForPages: Bool {
        switch self {
        case .headBucket, .getBucketLocation, .listObjects, .listObjectsV2, .deleteObjects, .putObject, .copyObject,
            .getObject, .headObject, .deleteObject, .createMultipartUpload, .uploadPart, .uploadPartCopy,
            .completeMultipartUpload, .abortMultipartUpload, .listParts, .listMultipartUploads, .listObjectVersions,
            .getObjectTagging, .putObjectTagging, .deleteObjectTagging:
            true
        default: false
        }
    }

    private var isCopy: Bool { self == .copyObject || self == .uploadPartCopy }

    /// Determines the operation that a request asks for.
    package init(_ request: S3Request) throws(AWSError) {
        let level: Level = request.bucket.isEmpty ? .service : request.key.isEmpty ? .bucket : .object
        let copies = request.headers["x-amz-copy-source"] != nil
        let names = Set(request.query.map(\.name)).intersection(Self.selecting)
        let candidates = Self.allCases.filter { operation in
            let form = operation.form
            return form.method == request.method && form.level == level
                && names.isSuperset(of: form.required)
                && (request.method != "PUT" || level != .object || operation.isCopy == copies)
        }
        let found = candidates.max { $0.form.required.count < $1.form.required.count }
        if let found, names.isSubset(of: found.form.required + found.form.optional) {
            self = found
        } else if let name = names.subtracting(found.map { $0.form.required + $0.form.optional } ?? []).min() {
            throw AWSError(
                "NotImplemented",
                "A header or query you provided implies functionality that is not implemented: ?\(name.prefix(60)).",
                status: 501
            )
        } else {
            throw AWSError(
                "MethodNotAllowed",
                "The specified method is not allowed against this resource.",
                status: 405
            )
        }
    }
}
