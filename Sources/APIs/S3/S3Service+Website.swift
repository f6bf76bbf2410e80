import AWS
import Buckets
import Definitions
import Encodings
import Foundation

// Buckets as static web sites, which anyone may read.
extension S3Service {
    func putWebsite(_ request: S3Request, _ body: S3Body) async throws -> S3Response {
        try await bucket(request)
        try await keepJSON(WebsiteConfiguration(parsing: await document(request, body)), as: .website, request)
        return S3Response()
    }

    func getWebsite(_ request: S3Request) async throws -> S3Response {
        let site = try await kept(
            .website,
            request,
            as: WebsiteConfiguration.self,
            orElse: Self.noWebsite
        )
        return S3Response(xml: site.xml)
    }

    private static let noWebsite = AWSError(
        "NoSuchWebsiteConfiguration",
        "The specified bucket does not have a website configuration",
        status: 404
    )

    // MARK: Serving

    /// Who may see a page.
    package enum WebsiteReader: Sendable {
        /// Anyone: a program, a navigation, or a page of the site itself.
        case anyone
        /// A page of another origin, if a CORS rule of the bucket allows it.
        case foreignPage
        /// A browser that asks whether a page of another origin may read a page.
        case preflight
    }

    /// A request for a page of a web site.
    package struct WebsiteRequest: Sendable {
        let method: String
        let bucket: String
        /// Percent-encoded. Begins with a slash, unless it is empty.
        let path: String
        /// The percent-encoded query, without its question mark.
        let query: String
        /// The part of the URL's path before ``path``.
        let prefix: String
        /// The headers, by their names in lower case.
        let headers: [String: String]

        package init(
            method: String,
            bucket: String,
            path: String,
            query: String,
            prefix: String,
            headers: [String: String]
        ) {
            self.method = method
            self.bucket = bucket
            self.path = path
            self.query = query
            self.prefix = prefix
            self.headers = headers
        }
    }

    /// Responds with a page of a bucket's web site. Errors are pages too.
    package func website(_ request: WebsiteRequest, for reader: WebsiteReader) async -> S3Response {
        let id = String(UUID().uuidString.replacing("-", with: "").prefix(16))
        var response: S3Response
        var shared: [(name: String, value: String)] = []
        do {
            switch reader {
            case .preflight: response = try await preflight(ofBucket: request.bucket, request.headers)
            case .anyone, .foreignPage:
                let grant = try await grant(bucket: request.bucket, method: request.method, request.headers)
                if reader == .foreignPage, grant == nil { throw Self.foreignOrigin(request.headers["origin"] ?? "") }
                shared = grant?.responseHeaders ?? []
                response = try await page(request, id)
            }
        } catch {
            response = Self.errorPage(awsError(error, nil), request, id)
        }
        response.headers += shared + [("x-amz-request-id", id)]
        return response
    }

    private static func errorPage(_ error: AWSError, _ request: WebsiteRequest, _ id: String) -> S3Response {
        var page = WebsiteErrorPage(error: error, requestID: id)
        switch error.code {
        case "NoSuchBucket", "NoSuchWebsiteConfiguration": page.details = [("BucketName", request.bucket)]
        case "MethodNotAllowed": page.details = [("Method", request.method), ("ResourceType", "OBJECT")]
        default: break
        }
        return page.response(isToHEAD: request.method == "HEAD")
    }

    private func page(_ request: WebsiteRequest, _ id: String) async throws -> S3Response {
        guard request.method == "GET" || request.method == "HEAD" else {
            throw AWSError(
                "MethodNotAllowed",
                "The specified method is not allowed against this resource.",
                status: 405
            )
        }
        guard let site = try await kept(.website, of: request.bucket, as: WebsiteConfiguration.self) else {
            throw try await buckets.bucket(named: request.bucket) == nil ? Self.noBucket() : Self.noWebsite
        }
        let query = request.query.isEmpty ? "" : "?\(request.query)"
        if let target = site.redirect {
            let path = request.path.isEmpty ? "/" : request.path
            let scheme = target.scheme.map { "\($0):" } ?? ""
            return Self.moved(to: "\(scheme)//\(target.host)\(path)\(query)", status: 301)
        }
        guard !request.path.isEmpty else { return Self.moved(to: "\(request.prefix)/\(query)", status: 302) }
        let key = try S3Request.decode(request.path.dropFirst(), "key")
        let page = WebsiteConfiguration.page(for: key, index: site.index ?? "")
        do {
            return try await getObject(S3Request(reading: page.key, of: request, request.headers))
        } catch let error as AWSError {
            if error.code == "NoSuchKey", let prefixPage = page.prefixPage, try await has(prefixPage, request) {
                // Two slashes, or a backslash, would begin the name of a host.
                let path = String(request.path.drop { $0 == "/" }).replacingBytes(of: "\\", with: "%5C")
                return Self.moved(to: "\(request.prefix)/\(path)/\(query)", status: 302)
            }
            return try await errorDocument(of: site, for: error, page.key, request, id)
        }
    }

    private func has(_ key: String, _ request: WebsiteRequest) async throws -> Bool {
        try await buckets.object(at: ObjectURI(bucket: request.bucket, key: key)) != nil
    }

    private static func moved(to location: String, status: Int) -> S3Response {
        S3Response(status: status, headers: [("location", location)])
    }

    /// Returns the page of the bucket's owner for an error, or S3's own if there is none.
    private func errorDocument(
        of site: WebsiteConfiguration,
        for error: AWSError,
        _ wanted: String,
        _ request: WebsiteRequest,
        _ id: String
    ) async throws -> S3Response {
        guard (400..<500).contains(error.status), error.code != "PreconditionFailed", error.code != "InvalidRange"
        else {
            throw error
        }
        var page = WebsiteErrorPage(error: error, requestID: id)
        if error.code == "NoSuchKey" { page.details = [("Key", wanted)] }
        if let key = site.error {
            do {
                // The conditions and the range are those of another object.
                var response = try await getObject(S3Request(reading: key, of: request, [:]))
                response.status = error.status
                response.headers += [("x-amz-error-code", error.code)]
                return response
            } catch let problem as AWSError where problem.code == "NoSuchKey" {
                page.missingKey = key
            }
        }
        return page.response(isToHEAD: request.method == "HEAD")
    }
}

extension S3Request {
    /// Creates the request that reads an object for a page.
    fileprivate init(
        reading key: String,
        of page: S3Service.WebsiteRequest,
        _ headers: [String: String]
    ) throws(AWSError) {
        try self.init(reading: key, in: page.bucket, method: page.method, headers: headers)
    }
}
