package import Access
package import Foundation

extension AccessPolicy {
    /// Checks that a request is allowed.
    ///
    /// - Parameters:
    ///   - service: The name that the credential scope must have; `nil` if any will do.
    ///   - body: The request's body; `nil` for S3, which itself verifies the body against the hash in the headers.
    /// - Returns: The verifier of an S3 body's chunk signatures, if the headers announce signed chunks and signatures are
    ///   verified; otherwise `nil`.
    package func admit(
        _ request: SignedRequest,
        for service: String?,
        body: Data?,
        shape: AWSErrorShape,
        now: Date = Date()
    ) async throws -> ChunkSignatures? {
        switch self {
        case .open: return nil
        case .closed: throw Self.isClosed
        case .signed(let keys):
            do {
                return try await verify(request, for: service, body: body, keys, now)
            } catch let problem as SignatureProblem {
                throw shape.error(problem)
            }
        }
    }

    /// Rejects a request before its body is read if it has no signature, an unknown key, or an outdated signature.
    package func admitHead(
        of request: SignedRequest,
        for service: String?,
        shape: AWSErrorShape,
        now: Date = Date()
    ) async throws {
        switch self {
        case .open: return
        case .closed: throw Self.isClosed
        case .signed(let keys):
            do {
                try await claim(of: request, for: service, keys, now).signature.verifyTime(now)
            } catch let problem as SignatureProblem {
                throw shape.error(problem)
            }
        }
    }

    /// Returns the signature in the request, unverified, and the secret key to verify it with.
    private func claim(
        of request: SignedRequest,
        for service: String?,
        _ keys: AccessKeys,
        _ now: Date
    ) async throws -> (signature: SignatureV4, secret: String) {
        let signature = try SignatureV4(of: request)
        if let service, signature.scope.service != service {
            throw SignatureProblem.wrongService(service)
        }
        let token = request.headers["x-amz-security-token"] ?? request.queryValue("X-Amz-Security-Token")
        return (signature, try await keys.secret(of: signature.scope.accessKey, token: token, now: now))
    }

    package static let isClosed = AWSError(
        "AccessDenied",
        "The AWS APIs are disabled because this server listens to other machines and does not verify signatures. "
            + "Start it with --verify-signatures.",
        status: 403
    )

    private func verify(
        _ request: SignedRequest,
        for service: String?,
        body: Data?,
        _ keys: AccessKeys,
        _ now: Date
    ) async throws -> ChunkSignatures? {
        if service == "s3", let presigned = PresignedV2(of: request) {
            let secret = try await keys.secret(
                of: presigned.accessKey,
                token: request.queryValue("x-amz-security-token"),
                now: now
            )
            try presigned.verify(request, secret: secret, now: now)
            // Chunk signatures build on a Signature Version 4 signature.
            guard request.headers["x-amz-content-sha256"]?.hasPrefix("STREAMING-AWS4-") != true else {
                throw SignatureProblem.unsupported
            }
            return nil
        }
        let (signature, secret) = try await claim(of: request, for: service, keys, now)
        let payload: String
        if let body {
            payload = SignatureV4.hash(body)
        } else if let announced = request.headers["x-amz-content-sha256"] {
            // An unknown value would pass as unsigned, as would chunks signed with another algorithm.
            guard SignatureV4.payloads.contains(announced) || announced.wholeMatch(of: /[0-9a-fA-F]{64}/) != nil else {
                throw SignatureProblem.malformed(
                    "x-amz-content-sha256 must be a hexadecimal SHA-256 checksum or one of: "
                        + SignatureV4.payloads.joined(separator: ", ")
                )
            }
            payload = announced
        } else if request.headers["authorization"] == nil {
            payload = SignatureV4.unsignedPayload
        } else {
            throw SignatureProblem.malformed("Missing required header for this request: x-amz-content-sha256")
        }
        try signature.verify(request, payload: payload, secret: secret, encodesPath: service != "s3", now: now)
        return service == "s3" ? signature.chunks(of: payload, secret: secret) : nil
    }
}

extension AccessKeys {
    /// Returns the secret of a key, which must be known, not expired, and have the request's token.
    ///
    /// - Throws: ``SignatureProblem``.
    package func secret(of id: String, token: String?, now: Date) async throws -> String {
        guard let key = try await secret(of: id) else { throw SignatureProblem.unknownKey(id) }
        guard Self.areEqual(token, key.token) else { throw SignatureProblem.unknownToken }
        if let end = key.expiresAt, end < now { throw SignatureProblem.expiredToken }
        return key.secret
    }

    /// Constant-time comparison.
    private static func areEqual(_ token: String?, _ expected: String?) -> Bool {
        guard let token, let expected else { return token == nil && expected == nil }
        let (bytes, wanted) = (Array(token.utf8), Array(expected.utf8))
        guard bytes.count == wanted.count else { return false }
        return zip(bytes, wanted).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 } == 0
    }
}

extension AWSErrorShape {
    /// Returns the error by which each protocol's clients recognize a rejected signature.
    package func error(_ problem: SignatureProblem) -> AWSError {
        switch self {
        case .s3: s3Error(problem)
        case .query: queryError(problem)
        case .json, .rest, .cbor: jsonError(problem)
        }
    }

    private static let mismatch =
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
        + "and signing method. Consult the service documentation for details."

    private func s3Error(_ problem: SignatureProblem) -> AWSError {
        switch problem {
        case .missing: AWSError("AccessDenied", "Access Denied", status: 403)
        case .malformed(let text): AWSError("AuthorizationHeaderMalformed", text)
        case .unsupported:
            AWSError(
                "InvalidRequest",
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
            )
        case .unknownKey:
            AWSError(
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
                status: 403
            )
        case .unknownToken: AWSError("InvalidToken", "The provided token is malformed or otherwise invalid.")
        case .expiredToken: AWSError("ExpiredToken", "The provided token has expired.")
        case .wrong:
            AWSError(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your key and "
                    + "signing method.",
                status: 403
            )
        case .skewed:
            AWSError(
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
                status: 403
            )
        case .expired: AWSError("AccessDenied", "Request has expired", status: 403)
        case .unsignedHeader(let name):
            AWSError(
                "AccessDenied",
                "There were headers present in the request which were not signed: \(name)",
                status: 403
            )
        case .wrongService(let service):
            AWSError("AuthorizationHeaderMalformed", "The credential scope must name the service '\(service)'.")
        }
    }

    private func queryError(_ problem: SignatureProblem) -> AWSError {
        switch problem {
        case .missing:
            AWSError("MissingAuthenticationToken", "Request is missing Authentication Token", status: 403)
        case .malformed(let text): AWSError("IncompleteSignature", text)
        case .unsupported: AWSError("IncompleteSignature", "Only Signature Version 4 is supported.")
        case .unknownKey, .unknownToken:
            AWSError(
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
                status: 403
            )
        case .expiredToken:
            AWSError("ExpiredToken", "The security token included in the request is expired", status: 403)
        case .wrong: AWSError("SignatureDoesNotMatch", Self.mismatch, status: 403)
        case .skewed, .expired:
            AWSError(
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large."
            )
        case .unsignedHeader(let name):
            AWSError("SignatureDoesNotMatch", "'\(name)' must be one of the signed headers.", status: 403)
        case .wrongService(let service):
            AWSError(
                "SignatureDoesNotMatch",
                "Credential should be scoped to correct service: '\(service)'.",
                status: 403
            )
        }
    }

    private func jsonError(_ problem: SignatureProblem) -> AWSError {
        switch problem {
        case .missing:
            AWSError("MissingAuthenticationTokenException", "Missing Authentication Token", status: 403)
        case .malformed(let text): AWSError("IncompleteSignatureException", text)
        case .unsupported: AWSError("IncompleteSignatureException", "Only Signature Version 4 is supported.")
        case .unknownKey, .unknownToken:
            AWSError("UnrecognizedClientException", "The security token included in the request is invalid.")
        case .expiredToken:
            AWSError("ExpiredTokenException", "The security token included in the request is expired")
        case .wrong: AWSError("InvalidSignatureException", Self.mismatch)
        case .skewed, .expired:
            AWSError(
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large."
            )
        case .unsignedHeader(let name):
            AWSError("InvalidSignatureException", "'\(name)' must be one of the signed headers.")
        case .wrongService(let service):
            AWSError("InvalidSignatureException", "Credential should be scoped to correct service: '\(service)'.")
        }
    }
}
