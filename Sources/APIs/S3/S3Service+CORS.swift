import AWS
import Buckets
import Definitions
import Foundation

// Cross-origin requests of web pages, and the rules that allow them.
extension S3Service {
    func putCORS(_ request: S3Request, _ body: S3Body) async throws -> S3Response {
        try await bucket(request)
        try await keepJSON(CORSRules(parsing: await document(request, body)), as: .cors, request)
        return S3Response()
    }

    func getCORS(_ request: S3Request) async throws -> S3Response {
        let missing = AWSError("NoSuchCORSConfiguration", "The CORS configuration does not exist", status: 404)
        return S3Response(xml: try await kept(.cors, request, as: CORSRules.self, orElse: missing).xml)
    }

    // MARK: Preflight requests

    /// Responds to a browser that asks whether a page of another origin may send a request.
    package func preflight(target: String, headers: [String: String]) async -> S3Response {
        do {
            let request = try S3Request(method: "OPTIONS", target: target, headers: headers, region: "us-east-1")
            return await answer(request) { try await preflight(ofBucket: request.bucket, headers) }
        } catch {
            return await answer(nil) { throw error }
        }
    }

    /// - Throws: `AWSError` if no rule of the bucket allows what the page asks for.
    func preflight(ofBucket bucket: String, _ headers: [String: String]) async throws -> S3Response {
        guard let origin = headers["origin"] else {
            throw AWSError("BadRequest", "Insufficient information. Origin request header needed.")
        }
        let method = headers["access-control-request-method"] ?? "null"
        guard CORSRules.methods.contains(method) else {
            throw AWSError("BadRequest", "Invalid Access-Control-Request-Method: \(method.prefix(40))")
        }
        guard let rules = try await kept(.cors, of: bucket, as: CORSRules.self) else {
            throw AWSError("AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.", status: 403)
        }
        let wanted = (headers["access-control-request-headers"] ?? "").split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces).lowercased() }.filter { !$0.isEmpty }
        guard let grant = rules.grant(origin: origin, method: method, headers: wanted) else {
            throw AWSError("AccessForbidden", "CORSResponse: This CORS request is not allowed.", status: 403)
        }
        return S3Response(headers: grant.responseHeaders)
    }

    // MARK: Other requests

    /// Returns what the rules of a bucket grant to the origin of a request; `nil` if nothing, or the request has none.
    func grant(bucket: String, method: String, _ headers: [String: String]) async throws -> CORSGrant? {
        guard let origin = headers["origin"], !bucket.isEmpty else { return nil }
        return try await kept(.cors, of: bucket, as: CORSRules.self)?.grant(origin: origin, method: method)
    }

    /// Returns what the rules of the bucket that a request names grant to the request's origin.
    ///
    /// - Parameter isRequired: Whether the request is only allowed if a rule allows it.
    /// - Throws: `AWSError` if no rule allows the request, but one is required. A page may read and change objects, but neither
    ///   buckets nor their settings, among them these rules; and it may copy only what it could read.
    package func grant(
        method: String,
        target: String,
        headers: [String: String],
        isForm: Bool,
        isRequired: Bool
    ) async throws -> CORSGrant? {
        let request: S3Request
        do {
            request = try S3Request(method: method, target: target, headers: headers, region: "us-east-1")
        } catch {
            guard isRequired else { return nil }
            throw error
        }
        let grant = try await grant(bucket: request.bucket, method: method, headers)
        guard isRequired else { return grant }
        let refusal = Self.foreignOrigin(headers["origin"] ?? "")
        guard let grant else { throw refusal }
        guard isForm || (try? S3Operation(request))?.isForPages == true else { throw refusal }
        if headers["x-amz-copy-source"] != nil {
            let source = try Self.copySource(of: request)
            guard try await self.grant(bucket: source.bucket, method: "GET", headers) != nil else { throw refusal }
        }
        return grant
    }

    /// The refusal of a request from a web page that no rule allows.
    static func foreignOrigin(_ origin: String) -> AWSError {
        let shown = String(origin.prefix(80).filter { $0.isASCII && $0 >= " " })
        return AWSError(
            "AccessDenied",
            "Requests from web pages of other origins are not allowed (Origin: '\(shown)').",
            status: 403
        )
    }
}
