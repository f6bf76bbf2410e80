import Crypto
import Encodings
package import Foundation

/// The parts of a request that its signature covers.
package struct SignedRequest: Sendable {
    package let method: String
    /// Percent-encoded, as received.
    package let path: String
    /// Percent-encoded, as received.
    package let query: String
    /// Keyed by name in lower case; repeated headers are joined with commas.
    package let headers: [String: String]

    package init(method: String, path: String, query: String, headers: [String: String]) {
        self.method = method
        self.path = path.isEmpty ? "/" : path
        self.query = query
        self.headers = headers
    }

    /// Returns the decoded value of a parameter of the query.
    func queryValue(_ name: String) -> String? {
        PercentEncoding.pairs(of: query).first { $0.name == name }?.value
    }
}

/// The reason why a signature is rejected.
package enum SignatureProblem: Error, Equatable {
    case missing
    /// The signature is not a Signature Version 4, or a part of it is missing.
    case malformed(String)
    /// The signature is a Signature Version 2 or a multi-Region signature.
    case unsupported
    case unknownKey(String)
    /// The key has another session token than the request, or none.
    case unknownToken
    case expiredToken
    case wrong
    /// The clocks differ by more than is allowed.
    case skewed
    /// The presigned URL has expired.
    case expired
    /// A header that affects how the request is processed is not signed.
    case unsignedHeader(String)
    case wrongService(String)
}

/// AWS Signature Version 4, in headers and in presigned URLs.
package struct SignatureV4: Sendable {
    package static let algorithm = "AWS4-HMAC-SHA256"
    package static let unsignedPayload = "UNSIGNED-PAYLOAD"
    package static let signedChunks = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    package static let signedChunksAndTrailers = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
    /// The values of `x-amz-content-sha256` that stand for the checksum of an S3 body.
    package static let payloads = [
        unsignedPayload, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", signedChunks, signedChunksAndTrailers,
    ]
    /// The allowed difference between the clocks, in seconds.
    private static let skew = 15.0 * 60
    private static let longestLife = 7 * 86400

    package let scope: CredentialScope
    private let signedHeaders: [String]
    private let signature: String
    private let timestamp: String
    private let time: Date
    /// Lifetime of a presigned URL in seconds; `nil` for a signature in a header.
    private let life: Int?

    package init(of request: SignedRequest) throws(SignatureProblem) {
        if let authorization = request.headers["authorization"] {
            guard !authorization.hasPrefix("AWS ") else { throw .unsupported }
            try self.init(authorization: authorization, request)
        } else {
            let query = PercentEncoding.pairs(of: request.query)
            guard !query.contains(where: { $0.name == "AWSAccessKeyId" }) else { throw .unsupported }
            guard query.contains(where: { $0.name == "X-Amz-Signature" || $0.name == "X-Amz-Credential" }) else {
                throw .missing
            }
            try self.init(presigned: Dictionary(query, uniquingKeysWith: { first, _ in first }), request)
        }
        guard signedHeaders.contains("host") else { throw .unsignedHeader("host") }
        // An unsigned header may have been added by someone else.
        let unsigned = request.headers.keys.filter { $0.hasPrefix("x-amz-") && !signedHeaders.contains($0) }
        if let name = unsigned.min() { throw .unsignedHeader(name) }
        guard timestamp.hasPrefix(scope.date) else {
            throw .malformed("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP")
        }
    }

    private init(authorization: String, _ request: SignedRequest) throws(SignatureProblem) {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.first == Self.algorithm[...] else {
            if parts.first?.hasPrefix("AWS4-") == true { throw .unsupported }
            throw .malformed("Unsupported authorization type")
        }
        var fields: [String: String] = [:]
        for field in parts.count > 1 ? parts[1].split(separator: ",") : [] {
            let pair = field.trimmingCharacters(in: .whitespaces).split(separator: "=", maxSplits: 1)
            if pair.count == 2 { fields[String(pair[0])] = String(pair[1]) }
        }
        func field(_ name: String) throws(SignatureProblem) -> String {
            guard let value = fields[name] else {
                throw .malformed("Authorization header requires '\(name)' parameter.")
            }
            return value
        }
        guard let timestamp = request.headers["x-amz-date"] else {
            throw .malformed("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
        }
        try self.init(
            credential: field("Credential"),
            signedHeaders: field("SignedHeaders"),
            signature: field("Signature"),
            timestamp: timestamp,
            life: nil
        )
    }

    private init(presigned query: [String: String], _ request: SignedRequest) throws(SignatureProblem) {
        func field(_ name: String) throws(SignatureProblem) -> String {
            guard let value = query[name] else {
                throw .malformed("AWS query-string parameters must include '\(name)'.")
            }
            return value
        }
        guard try field("X-Amz-Algorithm") == Self.algorithm else { throw .unsupported }
        guard let life = Int(try field("X-Amz-Expires")), (1...Self.longestLife).contains(life) else {
            throw .malformed("X-Amz-Expires must be a number of seconds between 1 and \(Self.longestLife).")
        }
        try self.init(
            credential: field("X-Amz-Credential"),
            signedHeaders: field("X-Amz-SignedHeaders"),
            signature: field("X-Amz-Signature"),
            timestamp: field("X-Amz-Date"),
            life: life
        )
    }

    private init(
        credential: String,
        signedHeaders: String,
        signature: String,
        timestamp: String,
        life: Int?
    ) throws(SignatureProblem) {
        guard let scope = CredentialScope(credential) else {
            throw .malformed("Credential must have the form KEY/DATE/REGION/SERVICE/aws4_request.")
        }
        guard let time = Self.time(timestamp) else {
            throw .malformed("X-Amz-Date must have the form YYYYMMDD'T'HHMMSS'Z'.")
        }
        self.scope = scope
        self.signedHeaders = signedHeaders.split(separator: ";").map(String.init)
        self.signature = signature
        self.timestamp = timestamp
        self.time = time
        self.life = life
    }

    private static func time(_ text: String) -> Date? {
        guard text.wholeMatch(of: /\d{8}T\d{6}Z/) != nil else { return nil }
        func number(_ start: Int, _ count: Int) -> Int { Int(text.dropFirst(start).prefix(count)) ?? 0 }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.date(
            from: DateComponents(
                year: number(0, 4),
                month: number(4, 2),
                day: number(6, 2),
                hour: number(9, 2),
                minute: number(11, 2),
                second: number(13, 2)
            )
        )
    }

    // MARK: Verification

    /// Checks that the signature has not expired and that the client's clock is close to the server's.
    package func verifyTime(_ now: Date) throws(SignatureProblem) {
        let age = now.timeIntervalSince(time)
        if let life {
            guard age >= -Self.skew else { throw .skewed }
            guard age <= Double(life) else { throw .expired }
        } else {
            guard abs(age) <= Self.skew else { throw .skewed }
        }
    }

    /// - Parameters:
    ///   - payload: The body's checksum in hexadecimal, or one of ``payloads``.
    ///   - encodesPath: Whether the path is encoded a second time, which every service except S3 does.
    package func verify(
        _ request: SignedRequest,
        payload: String,
        secret: String,
        encodesPath: Bool,
        now: Date
    ) throws(SignatureProblem) {
        try verifyTime(now)
        let canonical = canonicalRequest(request, payload: payload, encodesPath: encodesPath)
        let calculated = signature(of: canonical, secret: secret)
        guard Self.areEqual(calculated, signature) else { throw .wrong }
    }

    /// Constant-time comparison.
    package static func areEqual(_ first: String, _ second: String) -> Bool {
        let (first, second) = (Array(first.utf8), Array(second.utf8))
        guard first.count == second.count else { return false }
        return zip(first, second).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    package func canonicalRequest(_ request: SignedRequest, payload: String, encodesPath: Bool) -> String {
        let path = encodesPath ? PercentEncoding.encode(request.path, keeping: UInt8(ascii: "/")) : request.path
        var pairs: [(name: String, value: String)] = []
        for pair in PercentEncoding.pairs(of: request.query) where life == nil || pair.name != "X-Amz-Signature" {
            pairs.append((PercentEncoding.encode(pair.name), PercentEncoding.encode(pair.value)))
        }
        pairs.sort { ($0.name, $0.value) < ($1.name, $1.value) }
        let query = pairs.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        let headers = signedHeaders.map { name in
            let value = (request.headers[name] ?? "").split { $0 == " " || $0 == "\t" }.joined(separator: " ")
            return "\(name):\(value)\n"
        }
        return [
            request.method, path, query, headers.joined(), signedHeaders.joined(separator: ";"), payload,
        ].joined(separator: "\n")
    }

    package func signature(of canonicalRequest: String, secret: String) -> String {
        let text = [Self.algorithm, scopeText, Self.hash(Data(canonicalRequest.utf8))].joined(separator: "\n")
        return Self.signature(of: text, scope, secret: secret)
    }

    /// Returns the verifier of the body's chunk signatures; `nil` if `payload` does not announce signed chunks.
    package func chunks(of payload: String, secret: String) -> ChunkSignatures? {
        ChunkSignatures(announcedBy: payload, key: Self.key(secret, scope), scope: scopeText, seed: signature)
    }

    /// Time and scope, as written in the string to sign.
    private var scopeText: String { "\(timestamp)\n\(scope.date)/\(scope.region)/\(scope.service)/aws4_request" }

    /// Verifies the signature of a string, which in a form is its policy.
    package static func verify(
        _ signature: String,
        of text: String,
        _ scope: CredentialScope,
        secret: String
    ) throws(SignatureProblem) {
        guard areEqual(self.signature(of: text, scope, secret: secret), signature) else { throw .wrong }
    }

    private static func signature(of text: String, _ scope: CredentialScope, secret: String) -> String {
        HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key(secret, scope)).hexadecimal
    }

    private static func key(_ secret: String, _ scope: CredentialScope) -> SymmetricKey {
        var key = SymmetricKey(data: Data("AWS4\(secret)".utf8))
        for part in [scope.date, scope.region, scope.service, "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Data(part.utf8), using: key))
        }
        return key
    }

    package static func hash(_ body: some DataProtocol) -> String { SHA256.hash(data: body).hexadecimal }
}
