import Foundation

/// Which of AWS's protocols a request speaks. All of them come to one port.
package enum AWSProtocol: Sendable, Equatable {
    /// JSON 1.1: `X-Amz-Target: SageMaker.CreateModel`.
    case json(service: String, operation: String)
    /// Query: a form in, XML out: STS, IAM.
    case query(service: String)
    /// `POST /endpoints/NAME/invocations`.
    case runtime(endpoint: String)
    /// Everything else that is signed, and requests to `*.s3.*.amazonaws.com`.
    case s3

    /// What a request's head says of it, or `nil` where it is no AWS request.
    ///
    /// - Parameters:
    ///   - path: Still percent-encoded, without the query.
    ///   - query: The part after `?`, still encoded.
    ///   - header: The value of a header by its name in lower case.
    package init?(method: String, path: String, query: String, header: (String) -> String?) {
        if let target = header("x-amz-target") {
            let parts = target.split(separator: ".", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            self = .json(service: String(parts[0]), operation: String(parts[1]))
            return
        }
        guard let scope = CredentialScope(query: query, header: header) else {
            guard let host = header("host"), AWSHost(host) != nil else { return nil }
            self = .s3
            return
        }
        switch scope.service {
        case "sts", "iam": self = .query(service: scope.service)
        case "sagemaker":
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            guard method == "POST", parts.count == 4, parts[1] == "endpoints", parts[3] == "invocations" else {
                return nil
            }
            self = .runtime(endpoint: parts[2].removingPercentEncoding ?? String(parts[2]))
        default: self = .s3
        }
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

/// A host name of AWS, as clients that go through the proxy send it.
package struct AWSHost: Sendable, Equatable {
    /// The bucket of `BUCKET.s3.REGION.amazonaws.com`; `nil` for every other host.
    package let bucket: String?

    package init?(_ host: String) {
        let name = host.split(separator: ":")[...].first.map(String.init)?.lowercased() ?? ""
        guard name.hasSuffix(".amazonaws.com") else { return nil }
        let labels = name.dropLast(".amazonaws.com".count).split(separator: ".").map(String.init)
        // The bucket may have dots; `s3` is the last label or the one before the region.
        let s3 = labels.lastIndex { $0 == "s3" || $0.hasPrefix("s3-") }
        bucket = s3.flatMap { $0 > 0 && $0 >= labels.count - 3 ? labels[..<$0].joined(separator: ".") : nil }
    }
}
