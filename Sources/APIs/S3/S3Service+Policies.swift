import AWS
import Buckets
import Definitions
import Foundation

// Policies, public access blocks and ownership controls. They are kept and returned, because scripts set them before they publish
// a web site. None of them is enforced: every key may do everything.
extension S3Service {
    // MARK: Policies

    private static let policyLimit = 20 << 10

    func putPolicy(_ request: S3Request, _ body: S3Body) async throws -> S3Response {
        try await bucket(request)
        let bytes = try await document(request, body)
        guard bytes.count <= Self.policyLimit else {
            throw AWSError("MalformedPolicy", "Policy exceeds the maximum allowed document size.")
        }
        guard let text = String(validating: bytes, as: UTF8.self), let policy = JSON(parsing: Data(bytes)),
            case .object = policy
        else {
            throw AWSError("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'")
        }
        guard policy["Statement"] != nil else { throw AWSError("MalformedPolicy", "Missing required field Statement") }
        try await keep(text, as: .policy, request)
        return S3Response(status: 204)
    }

    private func policy(_ request: S3Request) async throws -> String {
        try await bucket(request)
        guard let policy = try await buckets.setting(.policy, of: request.bucket) else {
            throw AWSError("NoSuchBucketPolicy", "The bucket policy does not exist", status: 404)
        }
        return policy
    }

    func getPolicy(_ request: S3Request) async throws -> S3Response {
        let policy = try await policy(request)
        return S3Response(headers: [("content-type", "application/json")], body: .bytes(Array(policy.utf8)))
    }

    func getPolicyStatus(_ request: S3Request) async throws -> S3Response {
        let policy = JSON(parsing: Data(try await policy(request).utf8)) ?? .null
        var xml = XMLWriter()
        xml.element("PolicyStatus", namespace: XMLWriter.namespace) { xml in
            xml.element("IsPublic", "\(Self.isPublic(policy))")
        }
        return S3Response(xml: xml)
    }

    /// Whether a statement of a policy allows something to everybody, without a condition.
    static func isPublic(_ policy: JSON) -> Bool {
        func list(_ value: JSON?) -> [JSON] {
            switch value {
            case .array(let elements): elements
            case .some(let element): [element]
            case nil: []
            }
        }
        return list(policy["Statement"]).contains { statement in
            let principal = statement["Principal"]
            return statement["Effect"]?.string == "Allow" && statement["Condition"] == nil
                && (list(principal) + list(principal?["AWS"])).contains { $0.string == "*" }
        }
    }

    // MARK: Public access blocks

    private static let blocks = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]

    func putPublicAccessBlock(_ request: S3Request, _ body: S3Body) async throws -> S3Response {
        try await bucket(request)
        let root = try XMLElement(parsing: await document(request, body), named: "PublicAccessBlockConfiguration")
        var values: [String: Bool] = [:]
        for element in root.children {
            guard Self.blocks.contains(element.name), ["true", "false"].contains(element.text.lowercased()) else {
                throw XMLElement.malformed("unexpected <\(element.name.prefix(40))>")
            }
            values[element.name] = element.text.lowercased() == "true"
        }
        try await keepJSON(values, as: .publicAccessBlock, request)
        return S3Response()
    }

    func getPublicAccessBlock(_ request: S3Request) async throws -> S3Response {
        let missing = AWSError(
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
            status: 404
        )
        let values = try await kept(.publicAccessBlock, request, as: [String: Bool].self, orElse: missing)
        var xml = XMLWriter()
        xml.element("PublicAccessBlockConfiguration", namespace: XMLWriter.namespace) { xml in
            for name in Self.blocks { xml.element(name, "\(values[name] ?? false)") }
        }
        return S3Response(xml: xml)
    }

    // MARK: Ownership controls

    private static let ownerships = ["BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"]

    func putOwnershipControls(_ request: S3Request, _ body: S3Body) async throws -> S3Response {
        try await bucket(request)
        let root = try XMLElement(parsing: await document(request, body), named: "OwnershipControls")
        guard root.children.count == 1, let ownership = root.child("Rule")?.child("ObjectOwnership")?.text,
            Self.ownerships.contains(ownership)
        else { throw XMLElement.malformed("expected one <Rule> with <ObjectOwnership>") }
        try await keep(ownership, as: .ownershipControls, request)
        return S3Response()
    }

    func getOwnershipControls(_ request: S3Request) async throws -> S3Response {
        try await bucket(request)
        guard let ownership = try await buckets.setting(.ownershipControls, of: request.bucket) else {
            throw AWSError(
                "OwnershipControlsNotFoundError",
                "The bucket ownership controls were not found",
                status: 404
            )
        }
        var xml = XMLWriter()
        xml.element("OwnershipControls", namespace: XMLWriter.namespace) { xml in
            xml.element("Rule") { $0.element("ObjectOwnership", ownership) }
        }
        return S3Response(xml: xml)
    }
}
