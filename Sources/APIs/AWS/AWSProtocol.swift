import Encodings
import Foundation

/// The AWS protocol of a request. One port serves all protocols.
package enum AWSProtocol: Sendable, Equatable {
    /// JSON 1.1: `X-Amz-Target: SageMaker.CreateModel`.
    case json(target: String, operation: String)
    /// The query protocol, such as that of STS: a form in, XML out.
    case query(service: String)
    /// A service that is recognized by the path, by its name in the directory.
    case rest(service: String)
    /// Buckets and objects, including unsigned requests to S3 hosts and requests with Signature Version 2, which name no service.
    case s3
    /// A form that uploads a file to a bucket. Its signature is one of its fields.
    case s3Form
    /// Usage data that an SDK reports to its vendor: accepted and discarded.
    case usageData
    /// A service, or an operation of a service that is recognized by the path, that is not supported.
    case unknown(service: String)
}

/// `KEY/DATE/REGION/SERVICE/aws4_request`: the key that signed a request, and the scope of the signature.
package struct CredentialScope: Sendable, Equatable {
    package let accessKey: String
    package let date: String
    package let region: String
    package let service: String

    /// Parses `KEY/DATE/REGION/SERVICE/aws4_request`. The key must not contain a slash.
    package init?(_ credential: some StringProtocol) {
        let parts = credential.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[4] == "aws4_request" else { return nil }
        accessKey = String(parts[0])
        date = String(parts[1])
        region = String(parts[2])
        service = String(parts[3])
    }

    /// Reads the scope from the `Authorization` header or from a presigned URL's query.
    package init?(query: String, header: (String) -> String?) {
        if let authorization = header("authorization"), let start = authorization.range(of: "Credential=") {
            self.init(authorization[start.upperBound...].prefix { $0 != "," && $0 != " " })
        } else if let start = query.firstRange(of: "X-Amz-Credential=") {
            let value = String(query[start.upperBound...].prefix { $0 != "&" })
            self.init(value.percentDecoded)
        } else {
            return nil
        }
    }
}

/// The legacy signatures: `Authorization: AWS KEY:SIGNATURE`, and presigned URLs with `AWSAccessKeyId=KEY`. Roost treats
/// every such request as an S3 request.
enum SignatureVersion2 {
    static func isPresent(query: String, header: (String) -> String?) -> Bool {
        if header("authorization")?.hasPrefix("AWS ") == true { return true }
        return query.split(separator: "&").contains { $0.hasPrefix("AWSAccessKeyId=") }
    }
}

/// An AWS host name, as clients that use the proxy send it.
package struct AWSHost: Sendable, Equatable {
    /// The service's name in credential scopes: `s3`, `sts`, `sagemaker`.
    package let service: String
    /// The bucket of `BUCKET.s3.REGION.amazonaws.com`; `nil` for every other host.
    package let bucket: String?

    package init?(_ host: String) {
        let name = host.split(separator: ":")[...].first.map(String.init)?.lowercased() ?? ""
        guard let domain = Self.domains.first(where: name.hasSuffix) else { return nil }
        let labels = name.dropLast(domain.count).split(separator: ".").map(String.init)
        // The bucket may contain dots; `s3` is the last label or the one before the region.
        let s3 = labels.lastIndex { $0 == "s3" || $0.hasPrefix("s3-") }.flatMap { $0 >= labels.count - 3 ? $0 : nil }
        bucket = s3.flatMap { $0 > 0 ? labels[..<$0].joined(separator: ".") : nil }
        if s3 != nil {
            service = "s3"
        } else if labels.contains("sagemaker") {
            service = "sagemaker"
        } else {
            service = labels.first ?? ""
        }
    }

    /// The second one is that of the URLs of functions.
    package static let domains = [".amazonaws.com", ".on.aws"]
}
