import Crypto
import Encodings
package import Foundation

/// An S3 URL presigned with Signature Version 2, which is boto3's default.
package struct PresignedV2 {
    package let accessKey: String
    private let signature: String
    private let expires: Int

    /// Returns `nil` if the request's URL is not presigned in this way.
    package init?(of request: SignedRequest) {
        guard request.headers["authorization"] == nil else { return nil }
        let query = Dictionary(PercentEncoding.pairs(of: request.query), uniquingKeysWith: { first, _ in first })
        guard let accessKey = query["AWSAccessKeyId"], let signature = query["Signature"],
            let expires = query["Expires"].flatMap({ Int($0) })
        else { return nil }
        self.accessKey = accessKey
        self.signature = signature
        self.expires = expires
    }

    package func verify(_ request: SignedRequest, secret: String, now: Date) throws(SignatureProblem) {
        guard now.timeIntervalSince1970 <= Double(expires) else { throw .expired }
        let amazon = request.headers.filter { $0.key.hasPrefix("x-amz-") }.sorted { $0.key < $1.key }
        let headers = amazon.map { "\($0.key):\($0.value)\n" }.joined()
        let bucket = AWSHost(request.headers["host"] ?? "")?.bucket.map { "/\($0)" } ?? ""
        let parts = PercentEncoding.pairs(of: request.query).filter { Self.resources.contains($0.name) }
            .sorted { $0.name < $1.name }.map { $0.value.isEmpty ? $0.name : "\($0.name)=\($0.value)" }
        let resource = bucket + request.path + (parts.isEmpty ? "" : "?" + parts.joined(separator: "&"))
        let text = [
            request.method, request.headers["content-md5"] ?? "", request.headers["content-type"] ?? "", "\(expires)",
            headers + resource,
        ].joined(separator: "\n")
        try Self.verify(signature, of: text, secret: secret)
    }

    /// Verifies the signature of a string, which in a form is its policy.
    package static func verify(_ signature: String, of text: String, secret: String) throws(SignatureProblem) {
        let key = SymmetricKey(data: Data(secret.utf8))
        // The library compares in constant time.
        guard let given = Data(base64Encoded: signature),
            HMAC<Insecure.SHA1>.isValidAuthenticationCode(given, authenticating: Data(text.utf8), using: key)
        else { throw .wrong }
    }

    /// Query parameters that the signature covers.
    private static let resources: Set<String> = [
        "accelerate", "acl", "cors", "location", "logging", "partNumber", "policy", "requestPayment", "torrent",
        "versioning", "versionId", "versions", "website", "uploads", "uploadId", "response-content-type",
        "response-content-language", "response-expires", "response-cache-control", "response-content-disposition",
        "response-content-encoding", "delete", "lifecycle", "tagging", "restore", "notification", "replication",
        "analytics", "metrics", "inventory", "object-lock",
    ]
}
