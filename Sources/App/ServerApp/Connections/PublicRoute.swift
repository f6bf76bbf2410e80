import Definitions
import Foundation
import S3

/// A request for something that its owner has made public. Anyone may read it, and its host and path lead to nothing else.
///
/// The guard, the fast path and the router all recognize these requests here, so that they cannot disagree about one.
enum PublicRoute: Equatable {
    /// A page of a bucket's web site. `path` is percent-encoded; `prefix` is the part of the URL's path before it.
    case website(bucket: String, path: String, prefix: String)
    /// A call of an API. `path` is percent-encoded and begins with the stage; `prefix` as above.
    case api(id: String, path: String, prefix: String)
    /// A request under a function's URL.
    case functionURL(id: String, path: String, prefix: String)

    /// - Parameters:
    ///   - host: The value of the `Host` header.
    ///   - path: The target of the request as received. Its query is ignored.
    init?(host: some StringProtocol, path: some StringProtocol) {
        // The router gets the header with the white space after it, the guard without.
        var hosts = [String(host).withoutSpaceAtEnd[...]]
        var path = Substring(path).prefix { $0 != "?" }
        // The absolute form, which clients send to proxies, repeats the host.
        if !path.hasPrefix("/"), let scheme = path.range(of: "://") {
            let rest = path[scheme.upperBound...]
            let end = rest.firstIndex(of: "/") ?? rest.endIndex
            hosts.insert(rest[..<end], at: 0)
            path = rest[end...]
        }
        if let bucket = hosts.lazy.compactMap({ Self.websiteBucket(ofHost: $0) }).first {
            self = .website(bucket: bucket, path: String(path), prefix: "")
        } else if let owner = hosts.lazy.compactMap({ Self.owner(ofHost: $0) }).first {
            self =
                owner.isAPI
                ? .api(id: owner.id, path: String(path), prefix: "")
                : .functionURL(id: owner.id, path: String(path), prefix: "")
        } else if let bucket = Self.websiteBucket(ofPath: path) {
            let prefix = Self.websitePath + bucket
            self = .website(bucket: bucket, path: String(path.dropFirst(prefix.utf8.count)), prefix: prefix)
        } else if let route = Self.route(ofPath: path) {
            self = route
        } else {
            return nil
        }
    }

    /// Whether a request to a function's URL says that it is signed: in its header or in its query.
    static func claimsSignature(authorization: String?, target: some StringProtocol) -> Bool {
        authorization != nil || target.contains("X-Amz-Signature=")
    }

    /// Whether requests to a host can only be for a public route.
    static func isPublic(host: Substring) -> Bool { websiteBucket(ofHost: host) != nil || owner(ofHost: host) != nil }

    /// Whether a host is public and has a name that only AWS or this machine can resolve, so that no page can rebind it.
    static func isReserved(host: Substring) -> Bool {
        guard isPublic(host: host), let name = HostName(host)?.name else { return false }
        return [".amazonaws.com", ".on.aws", ".localhost"].contains(where: name.hasSuffix)
    }

    // MARK: APIs and functions

    /// The beginnings of paths for clients that cannot resolve the host names of APIs and functions.
    static let apiPath = "/_aws/execute-api/"
    static let functionPath = "/_aws/lambda-url/"

    /// `ID.execute-api.REST` or `ID.lambda-url.REST`, whatever the rest is.
    private static func owner(ofHost host: Substring) -> (id: String, isAPI: Bool)? {
        guard !HostName.isUsual(host), let name = HostName(host)?.name else { return nil }
        let labels = name.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard labels.count == 3, labels[1] == "execute-api" || labels[1] == "lambda-url", isID(labels[0]) else {
            return nil
        }
        return (String(labels[0]), labels[1] == "execute-api")
    }

    private static func isID(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
    }

    private static func route(ofPath path: Substring) -> PublicRoute? {
        func split(after prefix: String) -> (id: String, rest: Substring, prefix: String)? {
            guard path.hasPrefix(prefix) else { return nil }
            let id = path.dropFirst(prefix.utf8.count).prefix { $0 != "/" }
            guard isID(id) else { return nil }
            return (String(id), path[id.endIndex...], prefix + id)
        }
        if let found = split(after: apiPath) {
            return .api(id: found.id, path: String(found.rest), prefix: found.prefix)
        }
        if let found = split(after: functionPath) {
            let path = found.rest.isEmpty ? "/" : String(found.rest)
            return .functionURL(id: found.id, path: path, prefix: found.prefix)
        }
        // `/restapis/ID/STAGE/_user_request_/PATH`, without which it is a request to API Gateway itself.
        guard let found = split(after: "/restapis/") else { return nil }
        let parts = found.rest.dropFirst().split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count > 1, parts[1] == "_user_request_" else { return nil }
        let rest = parts.count > 2 ? "/" + parts[2] : ""
        return .api(id: found.id, path: "/\(parts[0])\(rest)", prefix: found.prefix)
    }

    // MARK: Web sites

    /// The beginning of paths for clients that cannot resolve the host names of web sites.
    static let websitePath = "/_aws/s3-website/"

    /// The host name under which browsers on this machine find a bucket's web site.
    static func websiteHost(of bucket: String) -> String { "\(bucket).\(websiteLabel).localhost" }

    private static let websiteLabel = "s3-website"

    /// The bucket of `BUCKET.s3-website-REGION.amazonaws.com`, `BUCKET.s3-website.REGION.amazonaws.com` or
    /// `BUCKET.s3-website.localhost`.
    private static func websiteBucket(ofHost host: Substring) -> String? {
        guard !HostName.isUsual(host), let name = HostName(host)?.name else { return nil }
        var labels = name.split(separator: ".", omittingEmptySubsequences: false)[...]
        if labels.last == "localhost" {
            labels = labels.dropLast()
        } else if labels.suffix(2) == ["amazonaws", "com"] {
            labels = labels.dropLast(2)
            if let last = labels.last, last.hasPrefix(websiteLabel + "-") {
                labels = labels.dropLast() + [websiteLabel[...]]
            } else if let region = labels.last, !isServiceLabel(region) {
                labels = labels.dropLast()
            } else {
                return nil
            }
        } else {
            return nil
        }
        guard labels.count > 1, labels.last == websiteLabel[...] else { return nil }
        return labels.dropLast().joined(separator: ".")
    }

    /// Whether a label names S3 itself: the bucket of `BUCKET.s3.amazonaws.com` may end with `.s3-website`.
    private static func isServiceLabel(_ label: Substring) -> Bool { label == "s3" || label.hasPrefix("s3-") }

    private static func websiteBucket(ofPath path: some StringProtocol) -> String? {
        guard path.hasPrefix(websitePath) else { return nil }
        let name = String(path.dropFirst(websitePath.utf8.count).prefix { $0 != "/" })
        // Other names would need an encoding in the locations of redirects.
        return Name.isAllowed(bucket: name) ? name : nil
    }
}
