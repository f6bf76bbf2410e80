import Foundation

/// Which of AWS's protocols a request speaks. All of them come to one port.
package enum AWSProtocol: Sendable, Equatable {
    /// JSON 1.1: `X-Amz-Target: SageMaker.CreateModel`.
    case json(service: String, operation: String)
    /// Query: a form in, XML out: STS, IAM, CloudWatch.
    case query(service: String)
    /// `POST /endpoints/NAME/invocations`.
    case runtime(endpoint: String)
    /// Buckets and objects; also what is signed for no service that is known, and unsigned requests to hosts of AWS.
    case s3
    /// A form with a file that is sent to a bucket; what signs it is among its fields.
    case s3Form
    /// What an SDK wants to tell its makers: taken, and thrown away.
    case telemetry
    /// A service, or an operation of the runtime, that is not spoken here.
    case unknown(service: String)

    /// What a request's head says of it, or `nil` where it is no AWS request.
    ///
    /// - Parameters:
    ///   - path: Still percent-encoded, without the query.
    ///   - query: The part after `?`, still encoded.
    ///   - header: The value of a header by its name in lower case.
    package init?(method: String, path: String, query: String, header: (String) -> String?) {
        if let target = header("x-amz-target") {
            let parts = target.split(separator: ".", maxSplits: 1)
            let (service, operation) = (String(parts.first ?? ""), parts.count > 1 ? String(parts[1]) : "")
            self = .json(service: service, operation: operation)
            return
        }
        let host = header("host").flatMap { AWSHost($0) }
        if let bucket = host?.bucket, bucket.hasPrefix("sm-pysdk-t-") {
            self = .telemetry
            return
        }
        let scope = CredentialScope(query: query, header: header)
        if scope == nil, Self.isForm(method: method, path: path, host: host, header: header) {
            self = .s3Form
            return
        }
        guard let service = scope?.service ?? host?.service else {
            guard SignatureVersion2.isPresent(query: query, header: header) else { return nil }
            self = .s3
            return
        }
        switch service {
        case "sts", "iam": self = .query(service: service)
        case "monitoring" where header("smithy-protocol") == nil: self = .query(service: service)
        case "sagemaker":
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            if method == "POST", parts.count == 4, parts[1] == "endpoints", parts[3] == "invocations" {
                self = .runtime(endpoint: parts[2].removingPercentEncoding ?? String(parts[2]))
            } else {
                self = .unknown(service: service)
            }
        case "s3": self = .s3
        default: self = .unknown(service: service)
        }
    }

    /// Whether a request sends a form to a bucket, which the path names, or the host.
    private static func isForm(method: String, path: String, host: AWSHost?, header: (String) -> String?) -> Bool {
        guard method == "POST", header("authorization") == nil,
            header("content-type")?.lowercased().hasPrefix("multipart/form-data") == true
        else { return false }
        let names = path.split(separator: "/").count
        return host == nil ? names == 1 : names == (host?.bucket == nil ? 1 : 0) && host?.service == "s3"
    }
}

/// `KEY/DATE/REGION/SERVICE/aws4_request`: whose key signed a request, and for what.
package struct CredentialScope: Sendable, Equatable {
    package let accessKey: String
    package let date: String
    package let region: String
    package let service: String

    /// Reads `KEY/DATE/REGION/SERVICE/aws4_request`; a key may have no slash.
    package init?(_ credential: some StringProtocol) {
        let parts = String(credential).components(separatedBy: "/")
        guard parts.count == 5, parts[4] == "aws4_request" else { return nil }
        accessKey = parts[0]
        date = parts[1]
        region = parts[2]
        service = parts[3]
    }

    /// From the `Authorization` header, or from a presigned URL's query.
    package init?(query: String, header: (String) -> String?) {
        if let authorization = header("authorization"), let start = authorization.firstRange(of: "Credential=") {
            self.init(authorization[start.upperBound...].prefix { $0 != "," && $0 != " " })
        } else if let start = query.firstRange(of: "X-Amz-Credential=") {
            let value = String(query[start.upperBound...].prefix { $0 != "&" })
            self.init(value.removingPercentEncoding ?? value)
        } else {
            return nil
        }
    }
}

/// The signatures of old: `Authorization: AWS KEY:SIGNATURE`, and presigned URLs with `AWSAccessKeyId=KEY`. Only S3 took them.
enum SignatureVersion2 {
    static func isPresent(query: String, header: (String) -> String?) -> Bool {
        if header("authorization")?.hasPrefix("AWS ") == true { return true }
        return query.split(separator: "&").contains { $0.hasPrefix("AWSAccessKeyId=") }
    }
}

/// A host name of AWS, as clients that go through the proxy send it.
package struct AWSHost: Sendable, Equatable {
    /// As credential scopes name it: `s3`, `sts`, `sagemaker`.
    package let service: String
    /// The bucket of `BUCKET.s3.REGION.amazonaws.com`; `nil` for every other host.
    package let bucket: String?

    package init?(_ host: String) {
        let name = host.split(separator: ":")[...].first.map(String.init)?.lowercased() ?? ""
        guard name.hasSuffix(Self.domain) else { return nil }
        let labels = name.dropLast(Self.domain.count).split(separator: ".").map(String.init)
        // The bucket may have dots; `s3` is the last label or the one before the region.
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

    package static let domain = ".amazonaws.com"
}
