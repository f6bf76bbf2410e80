import AWS
package import Access
import Buckets
import Checksums
import Definitions
import Foundation

extension S3Service {
    /// A file on its way from a form into a bucket.
    private struct FormUpload {
        let request: S3Request
        let described: (contentType: String?, headers: [String: String])
        let checks: Checks
        let condition: WriteCondition
        let byteCount: ClosedRange<Int>
        let writer: ObjectWriter
    }

    /// Handles a form that uploads a file to a bucket. Its fields stand in for a request's headers, and a signed policy among
    /// them restricts their values.
    ///
    /// - Parameters:
    ///   - access: Decides who may send forms.
    ///   - isFromAllowedPage: Whether a CORS rule of the bucket allows forms from the page that sent this one.
    package func postForm(
        target: String,
        headers: [String: String],
        access: AccessPolicy,
        isFromAllowedPage: Bool,
        body: S3Body
    ) async -> S3Response {
        do {
            let request = try S3Request(method: "POST", target: target, headers: headers, region: "us-east-1")
            return await answer(request) { try await post(request, access, isFromAllowedPage, body) }
        } catch {
            return await answer(nil) { throw error }
        }
    }

    private func post(
        _ request: S3Request,
        _ access: AccessPolicy,
        _ isFromAllowedPage: Bool,
        _ body: S3Body
    ) async throws -> S3Response {
        // Any web page can make a browser send a form to this machine; only a signature or a rule shows that it may.
        guard !access.isOpen || request.headers["origin"] == nil || isFromAllowedPage else {
            throw AWSError(
                "AccessDenied",
                "Forms from web pages are only accepted if signatures are verified, or if a CORS rule of the bucket allows "
                    + "POST from the page's origin. Start the server with --verify-signatures, or use PutBucketCors.",
                status: 403
            )
        }
        try await bucket(request)
        var parser = try FormParser(contentType: request.headers["content-type"] ?? "")
        var started: FormUpload?
        var received = 0
        var isReading = true
        do {
            for try await piece in body {
                isReading = false
                let bytes = try parser.feed(piece)
                if started == nil, parser.hasFile { started = try await begin(parser, request, access) }
                received += bytes.count
                if let started {
                    guard received <= started.byteCount.upperBound else {
                        throw AWSError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
                    }
                    try await started.writer.append(bytes)
                }
                isReading = true
            }
        } catch  where isReading {
            // The connection broke, or the request is not valid HTTP.
            throw Self.incomplete
        }
        guard parser.isComplete else { throw Self.incomplete }
        guard let upload = started else {
            throw AWSError("InvalidArgument", "POST requires exactly one file upload per request.")
        }
        guard received >= upload.byteCount.lowerBound else {
            throw AWSError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
        }
        let stored = try await upload.writer.finish { md5, checksums in try upload.checks.verify(md5, checksums) }
        let object = try await place(
            stored,
            stored.checksums,
            described: upload.described,
            as: upload.request,
            if: upload.condition
        )
        return Self.answer(to: parser.fields, object, in: request.bucket)
    }

    /// Checks the fields of a form, and begins to store its file.
    private func begin(
        _ parser: FormParser,
        _ request: S3Request,
        _ access: AccessPolicy
    ) async throws -> FormUpload {
        var fields = parser.fields
        guard let given = fields["key"], !given.isEmpty else {
            throw AWSError(
                "InvalidArgument",
                "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the "
                    + "fields."
            )
        }
        let fileName = parser.fileName?.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
        let key = given.replacing("${filename}", with: fileName)
        fields["key"] = key
        fields["bucket"] = request.bucket
        let policy = try await access.admit(form: fields, now: request.time)
        try policy?.verify(fields, now: request.time)
        // Forms have tags as a document, where headers have a query string.
        if let document = fields["tagging"] { fields["x-amz-tagging"] = try ObjectTags(of: document).query }
        let put = try S3Request(form: request, key: key, headers: fields)
        let checks = try Checks(put)
        let allowed = policy?.byteCount ?? 0...Int.max
        return FormUpload(
            request: put,
            described: try described(put),
            checks: checks,
            condition: try writeCondition(put),
            byteCount: min(allowed.lowerBound, Self.putLimit)...min(allowed.upperBound, Self.putLimit),
            writer: try await buckets.beginObject(checksums: Set(checks.values.keys))
        )
    }

    /// Returns the response that the form asks for.
    private static func answer(to fields: [String: String], _ object: ObjectRecord, in bucket: String) -> S3Response {
        let etag = "\"\(object.etag)\""
        let location = "/\(bucket)/\(object.key)"
        if let target = fields["success_action_redirect"] ?? fields["redirect"],
            var url = URLComponents(string: target),
            ["http", "https"].contains(url.scheme?.lowercased())
        {
            let added = [("bucket", bucket), ("key", object.key), ("etag", etag)]
            url.queryItems = (url.queryItems ?? []) + added.map { URLQueryItem(name: $0.0, value: $0.1) }
            if let target = url.string {
                return S3Response(status: 303, headers: [("location", target), ("etag", etag)])
            }
        }
        switch fields["success_action_status"] {
        case "200": return S3Response(headers: [("etag", etag)])
        case "201":
            var xml = XMLWriter()
            xml.element("PostResponse") { xml in
                xml.element("Location", location)
                xml.element("Bucket", bucket)
                xml.element("Key", object.key)
                xml.element("ETag", etag)
            }
            var answer = S3Response(xml: xml, status: 201)
            answer.headers.append(("etag", etag))
            return answer
        default: return S3Response(status: 204, headers: [("etag", etag)])
        }
    }
}

extension AccessPolicy {
    /// Checks that a form is allowed.
    ///
    /// - Parameter fields: The fields, by their names in lower case.
    /// - Returns: What its signer allows; `nil` if signatures are not verified.
    fileprivate func admit(form fields: [String: String], now: Date) async throws -> PostPolicy? {
        switch self {
        case .open: return nil
        case .closed: throw Self.isClosed
        case .signed(let keys):
            do {
                try await Self.verify(fields, keys, now)
            } catch let problem as SignatureProblem {
                throw AWSErrorShape.s3.error(problem)
            }
            return try PostPolicy(fields["policy"] ?? "")
        }
    }

    private static func verify(_ fields: [String: String], _ keys: AccessKeys, _ now: Date) async throws {
        guard let policy = fields["policy"] else { throw SignatureProblem.missing }
        func secret(of id: String) async throws -> String {
            try await keys.secret(of: id, token: fields["x-amz-security-token"], now: now)
        }
        if let signature = fields["x-amz-signature"] {
            guard fields["x-amz-algorithm"] == SignatureV4.algorithm else { throw SignatureProblem.unsupported }
            guard let scope = CredentialScope(fields["x-amz-credential"] ?? "") else {
                throw SignatureProblem.malformed("x-amz-credential must be KEY/DATE/REGION/SERVICE/aws4_request.")
            }
            guard scope.service == "s3" else { throw SignatureProblem.wrongService("s3") }
            guard fields["x-amz-date"]?.hasPrefix(scope.date) == true else {
                throw SignatureProblem.malformed("x-amz-date must have the date of x-amz-credential.")
            }
            try SignatureV4.verify(signature, of: policy, scope, secret: try await secret(of: scope.accessKey))
        } else if let id = fields["awsaccesskeyid"], let signature = fields["signature"] {
            try PresignedV2.verify(signature, of: policy, secret: try await secret(of: id))
        } else {
            throw SignatureProblem.missing
        }
    }
}
