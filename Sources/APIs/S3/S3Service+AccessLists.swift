import AWS
import Buckets
import Definitions

// Access control lists, by the names of those that S3 knows. They are not enforced: every key may do everything.
extension S3Service {
    private static let cannedLists = [
        "private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read",
        "bucket-owner-full-control", "log-delivery-write",
    ]

    /// Returns the name of the list in a request's headers. Only these lists are supported.
    private static func cannedList(_ request: S3Request) throws(AWSError) -> String {
        guard let name = request.headers["x-amz-acl"] else {
            throw notImplemented("access control lists other than those of x-amz-acl")
        }
        guard cannedLists.contains(name) else {
            throw AWSError("InvalidArgument", "Unknown canned ACL: \(name.prefix(60))")
        }
        return name
    }

    func putBucketACL(_ request: S3Request) async throws -> S3Response {
        try await bucket(request)
        try await keep(Self.cannedList(request), as: .acl, request)
        return S3Response()
    }

    func getBucketACL(_ request: S3Request) async throws -> S3Response {
        try await bucket(request)
        return Self.list(named: try await buckets.setting(.acl, of: request.bucket) ?? "private")
    }

    /// Accepts a list without keeping it, because objects have no settings.
    func putObjectACL(_ request: S3Request) async throws -> S3Response {
        _ = try Self.cannedList(request)
        try await requireObject(request)
        return S3Response()
    }

    func getObjectACL(_ request: S3Request) async throws -> S3Response {
        try await requireObject(request)
        return Self.list(named: "private")
    }

    private func requireObject(_ request: S3Request) async throws {
        try await bucket(request)
        guard try await buckets.object(at: ObjectURI(bucket: request.bucket, key: request.key)) != nil else {
            throw Self.noKey()
        }
    }

    private static func list(named name: String) -> S3Response {
        let permissions =
            switch name {
            case "public-read": ["READ"]
            case "public-read-write": ["READ", "WRITE"]
            default: [String]()
            }
        var xml = XMLWriter()
        xml.element("AccessControlPolicy", namespace: XMLWriter.namespace) { xml in
            xml.owner("Owner")
            xml.element("AccessControlList") { xml in
                xml.grant("FULL_CONTROL", to: "CanonicalUser") { xml in
                    xml.element("ID", AWSAccount.id)
                    xml.element("DisplayName", "roost")
                }
                for permission in permissions {
                    xml.grant(permission, to: "Group") { xml in
                        xml.element("URI", "http://acs.amazonaws.com/groups/global/AllUsers")
                    }
                }
            }
        }
        return S3Response(xml: xml)
    }
}

extension XMLWriter {
    fileprivate mutating func grant(_ permission: String, to kind: String, _ content: (inout XMLWriter) -> Void) {
        element("Grant") { xml in
            let schema = "http://www.w3.org/2001/XMLSchema-instance"
            xml.element("Grantee", attributes: "xmlns:xsi=\"\(schema)\" xsi:type=\"\(kind)\"", content)
            xml.element("Permission", permission)
        }
    }
}
