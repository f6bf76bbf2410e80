import AWS
import Console
import Definitions
import Foundation
import NIOHTTP1
import S3

/// Keeps out requests that web pages make the browsers on this machine send.
///
/// A page cannot read the server's responses, but it can send requests: across sites to `127.0.0.1`, or to its own name, which
/// it has since bound to `127.0.0.1` (DNS rebinding). The browser states truthfully where a page came from, in `Host`, `Origin`
/// and `Sec-Fetch-Site`, which no script can change. Programs send no `Origin` and are not affected.
struct RequestGuard: Sendable {
    /// Accepted host names, in lower case; a leading `*.` stands for all names below one.
    private let hosts: Set<String>
    private let parents: [String]
    /// If true, S3 requests are refused unless they have a valid signature, which no page can make.
    private let verifiesSignatures: Bool

    /// - Parameters:
    ///   - listeningName: The address or name that the server listens on.
    ///   - allowedHosts: Further names, in the format of `--allowed-host`.
    init(listeningName: String = "127.0.0.1", allowedHosts: [String] = [], verifiesSignatures: Bool = false) {
        let names = (allowedHosts + [listeningName]).map { $0.lowercased() }
        hosts = Set(names.filter { !$0.hasPrefix("*.") })
        parents = names.filter { $0.hasPrefix("*.") }.map { String($0.dropFirst()) } + [".localhost"]
        self.verifiesSignatures = verifiesSignatures
    }

    enum Verdict: Equatable {
        case admitted
        /// A foreign page may have sent it. Only S3 may handle it, if the condition holds.
        case admittedToS3(Admission)
        /// Only what the ``PublicRoute`` names may handle it, and if a foreign page may have sent it, only on a condition.
        case admittedToPublicRoute(Admission?)
        case refused(RoostError)

        /// The condition of the admission, for the router.
        var admission: Admission? {
            switch self {
            case .admittedToS3(let admission): admission
            case .admittedToPublicRoute(let admission): admission
            case .admitted, .refused: nil
            }
        }
    }

    /// - Parameters:
    ///   - isTunnelled: Whether the request came through the proxy for AWS's hosts, whose names are then accepted.
    ///   - isInference: Whether the request changes only the inference log.
    func verdict(
        on head: HTTPRequestHead,
        _ facts: RequestHeadFacts,
        isTunnelled: Bool,
        isInference: Bool
    ) -> Verdict {
        if let problem = Self.problem(ofHost: head, facts) { return .refused(problem) }
        let host = foreignHost(head, facts, isTunnelled) ?? Self.otherHost(head, facts)
        if let route = PublicRoute(host: facts.host ?? "", path: head.uri) {
            if let host { return .refused(host) }
            // APIs and functions with a URL are made for pages of any origin. They decide themselves.
            guard case .website = route else { return .admittedToPublicRoute(nil) }
            guard let page = Self.foreignPage(head, facts) else { return .admittedToPublicRoute(nil) }
            // Without an origin, no rule can allow it.
            guard facts.origin != nil else { return .refused(page) }
            return .admittedToPublicRoute(Self.isPreflight(head, facts) ? .preflight : .rule)
        }
        guard let problem = host ?? Self.foreignPage(head, facts) else {
            // With AWS's headers, the path is that of a bucket.
            let isForConsole = head.method == .POST && Console.owns(head.inOriginForm.uri.prefix { $0 != "?" })
            if isForConsole, AWSRegistry.directory.kind(head) == nil {
                return Self.consoleForm(facts)
            }
            return isInference ? .admitted : undeclaredType(head, facts).map { .refused($0) } ?? .admitted
        }
        return s3Admission(of: head, facts, hasForeignHost: host != nil).map { .admittedToS3($0) } ?? .refused(problem)
    }

    /// Returns the condition under which S3 may handle a request that a foreign page may have sent; `nil` if it may not.
    private func s3Admission(
        of head: HTTPRequestHead,
        _ facts: RequestHeadFacts,
        hasForeignHost: Bool
    ) -> Admission? {
        let kind = AWSRegistry.directory.kind(head)
        let isForS3 = kind == .s3 || kind == .s3Form
        if !hasForeignHost, Self.isPreflight(head, facts), isForS3 || kind == nil && Self.namesBucket(head.uri) {
            return .preflight
        }
        guard isForS3 else { return nil }
        if verifiesSignatures { return .signature }
        return !hasForeignHost && facts.origin != nil ? .rule : nil
    }

    /// Whether a browser asks if a page of another origin may send a request. Such requests are never signed.
    private static func isPreflight(_ head: HTTPRequestHead, _ facts: RequestHeadFacts) -> Bool {
        head.method == .OPTIONS && facts.origin != nil && head.headers.contains(name: "access-control-request-method")
    }

    /// Whether the first part of a path could be a bucket's name, which those of the server's own APIs are too short for.
    private static func namesBucket(_ path: String) -> Bool {
        path.hasPrefix("/") && Name.isAllowed(bucket: String(path.dropFirst().prefix { $0 != "/" && $0 != "?" }))
    }

    /// Whether the only `Host` of a request names this server, and nothing public.
    func admits(_ host: String, isTunnelled: Bool) -> Bool {
        foreignHost(host[...], isTunnelled) == nil && !PublicRoute.isPublic(host: host[...])
    }

    /// - Source: RFC 9112, section 3.2.
    private static func problem(ofHost head: HTTPRequestHead, _ facts: RequestHeadFacts) -> RoostError? {
        if facts.hostCount > 1 {
            return RoostError(.invalidInput, "The request has more than one Host header.", field: "Host")
        }
        if facts.hostCount == 0, head.version.minor > 0 {
            return RoostError(.invalidInput, "An HTTP/1.1 request must have a Host header.", field: "Host")
        }
        return nil
    }

    /// Returns an error if the absolute form of a target names another host than the header. What is public depends on the host,
    /// so there must be one.
    private static func otherHost(_ head: HTTPRequestHead, _ facts: RequestHeadFacts) -> RoostError? {
        guard !head.uri.hasPrefix("/"), let scheme = head.uri.range(of: "://"), let host = facts.host else {
            return nil
        }
        let named = head.uri[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
        guard named.lowercased() != host.lowercased() else { return nil }
        return RoostError(
            .invalidInput,
            "The target of the request and its Host header name different hosts.",
            field: "Host"
        )
    }

    private func foreignHost(_ head: HTTPRequestHead, _ facts: RequestHeadFacts, _ isTunnelled: Bool) -> RoostError? {
        guard let host = facts.host else { return nil }
        if let problem = foreignHost(host, isTunnelled) { return problem }
        // The absolute form, which clients send to proxies, repeats the host.
        guard !head.uri.hasPrefix("/"), let scheme = head.uri.range(of: "://") else { return nil }
        return foreignHost(head.uri[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }, isTunnelled)
    }

    private func foreignHost(_ text: Substring, _ isTunnelled: Bool) -> RoostError? {
        if HostName.isUsual(text) { return nil }
        guard let host = HostName(text) else {
            return RoostError(.invalidInput, "The Host header is not a valid host name.", field: "Host")
        }
        if host.isAddress || host.name == "localhost" || hosts.contains(host.name) { return nil }
        if parents.contains(where: { host.name.hasSuffix($0) }) { return nil }
        if isTunnelled, AWSHost.domains.contains(where: host.name.hasSuffix) { return nil }
        // AWS's names, which nobody can rebind. They lead nowhere else.
        if PublicRoute.isReserved(host: text) { return nil }
        return RoostError(
            .forbidden,
            "This server does not accept the host name '\(host.name.prefix(80))'. If the name is right, start the "
                + "server with --allowed-host \(host.name.prefix(80)).",
            field: "Host"
        )
    }

    private static func foreignPage(_ head: HTTPRequestHead, _ facts: RequestHeadFacts) -> RoostError? {
        if let origin = facts.origin, !isOwn(origin, facts.host ?? "") {
            return RoostError(
                .forbidden,
                "Requests from web pages of other origins are not allowed (Origin: '\(printable(origin))').",
                field: "Origin"
            )
        }
        guard let site = facts.fetchSite, site == "cross-site" || site == "same-site" else { return nil }
        // Following a link is harmless if nothing changes: the page with the link cannot read the response.
        let isLink =
            head.method == .GET && facts.fetchMode == "navigate" && facts.fetchDestination ?? "document" == "document"
            && AWSRegistry.directory.kind(head)?.isSafeToGet ?? true
        guard !isLink else { return nil }
        return RoostError(
            .forbidden,
            "Requests from web pages of other sites are not allowed (Sec-Fetch-Site: \(site)).",
            field: "Sec-Fetch-Site"
        )
    }

    private static func isOwn(_ origin: String, _ host: Substring) -> Bool {
        guard let scheme = origin.range(of: "://"), let own = HostName(host),
            let other = HostName(origin[scheme.upperBound...]), own.name == other.name
        else { return false }
        // The server cannot know its own scheme: a proxy in front of it may terminate TLS.
        switch origin[..<scheme.lowerBound] {
        case "http": return own.otherPort(than: "80") == other.otherPort(than: "80")
        case "https": return own.otherPort(than: "443") == other.otherPort(than: "443")
        default: return false
        }
    }

    /// The console's forms are the only ones that change something. Browsers send them with the origin of their page, which is not
    /// another one, as has been checked; programs use the API.
    private static func consoleForm(_ facts: RequestHeadFacts) -> Verdict {
        let type = (facts.contentType ?? "").prefix { $0 != ";" }.lowercased()
        guard facts.origin != nil, type == "application/x-www-form-urlencoded" else {
            return .refused(
                RoostError(
                    .forbidden,
                    "The console takes forms of its own pages only. Programs use /v1.",
                    field: "Origin"
                )
            )
        }
        return .admitted
    }

    /// Returns an error if a request that can change something has no type, or one that HTML forms use. A page can send those to
    /// any site without a preflight request, so even a browser that sends no `Origin` can change nothing.
    private func undeclaredType(_ head: HTTPRequestHead, _ facts: RequestHeadFacts) -> RoostError? {
        guard head.method != .GET, head.method != .HEAD else { return nil }
        switch AWSRegistry.directory.kind(head) {
        case nil: return facts.hasBody ? Self.undeclaredType(facts) : nil
        case .query, .rest:
            // No form can send this header, nor sign a URL. Without either, the URL alone says that a request is for AWS.
            guard !verifiesSignatures, !head.headers.contains(name: "authorization") else { return nil }
            return Self.undeclaredType(facts)
        // What makes a request one in JSON is a header that no form can send.
        case .json, .s3, .s3Form, .usageData, .unknown: return nil
        }
    }

    private static func undeclaredType(_ facts: RequestHeadFacts) -> RoostError? {
        let expected =
            "Expected 'application/json', 'application/yaml' or 'application/octet-stream', or for labels "
            + "'application/x-ndjson' or 'text/csv'."
        guard let type = facts.contentType, !type.isEmpty else {
            return RoostError(.unsupportedMediaType, "The body has no Content-Type. \(expected)", field: "Content-Type")
        }
        let name = type.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        // The last two are the forms of labels. HTML forms cannot send them either.
        let known = [
            "application/json", "application/yaml", "application/x-yaml", "text/yaml", "application/octet-stream",
            "application/x-ndjson", "text/csv",
        ]
        let isDeclared =
            known.contains(name)
            || name.hasPrefix("application/") && (name.hasSuffix("+json") || name.hasSuffix("+yaml"))
        guard !isDeclared else { return nil }
        return RoostError(
            .unsupportedMediaType,
            "Unsupported Content-Type '\(printable(type))'. \(expected)",
            field: "Content-Type"
        )
    }

    private static func printable(_ text: String) -> String {
        String(text.prefix(80).filter { $0.isASCII && $0 >= " " })
    }
}

extension AWSDirectory {
    func kind(_ head: HTTPRequestHead) -> AWSProtocol? {
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return kind(
            method: head.method.rawValue,
            path: String(parts.first ?? ""),
            query: parts.count > 1 ? String(parts[1]) : "",
            header: { head.headers.first(name: $0) }
        )
    }
}

extension AWSProtocol {
    /// Whether a GET changes nothing. The query protocol takes its operation from the URL.
    fileprivate var isSafeToGet: Bool {
        switch self {
        case .s3, .rest, .usageData, .unknown: true
        case .query, .json, .s3Form: false
        }
    }
}
