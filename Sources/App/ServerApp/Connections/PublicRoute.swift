import Foundation
import S3

/// A request for something that its owner has made public. Anyone may read it, and its host and path lead to nothing else.
///
/// The guard, the fast path and the router all recognize these requests here, so that they cannot disagree about one.
enum PublicRoute: Equatable {
    /// A page of a bucket's web site. `path` is percent-encoded; `prefix` is the part of the URL's path before it.
    case website(bucket: String, path: String, prefix: String)

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
        } else if let bucket = Self.websiteBucket(ofPath: path) {
            let prefix = Self.websitePath + bucket
            self = .website(bucket: bucket, path: String(path.dropFirst(prefix.utf8.count)), prefix: prefix)
        } else {
            return nil
        }
    }

    /// Whether requests to a host can only be for a public route.
    static func isPublic(host: Substring) -> Bool { websiteBucket(ofHost: host) != nil }

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
        return S3Service.isBucketName(name) ? name : nil
    }
}
