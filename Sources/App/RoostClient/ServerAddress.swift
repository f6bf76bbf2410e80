import Definitions
import Encodings
import Foundation

/// Where a server is, and the headers that let requests through a proxy in front of it.
///
/// The headers are secrets: no description of an address contains them.
struct ServerAddress: Sendable, CustomStringConvertible, CustomReflectable {
    /// How requests prove who sends them, for errors.
    enum Credential: String, Sendable {
        case token = "the token in ROOST_TOKEN"
        case password = "the user name and password in the address"
        case header = "the header Authorization"
    }

    /// The address without user name and password, and without a trailing slash.
    let url: String
    /// The headers of every request.
    let headers: [(name: String, value: String)]
    /// `nil` if requests have no header Authorization.
    let credential: Credential?

    var description: String { url }
    var customMirror: Mirror { Mirror(self, children: ["url": url]) }

    /// - Parameters:
    ///   - url: `http://` or `https://`, optionally a user name and password, a host, and optionally a port and a path prefix.
    ///   - token: Is sent as `Authorization: Bearer`.
    ///   - headers: Further headers of every request.
    /// - Throws: ``RoostError`` that contains no secret.
    init(_ url: String, token: String?, headers given: [(name: String, value: String)]) throws(RoostError) {
        let parts = try URLParts(url)
        var headers: [(name: String, value: String)] = []
        var credentials: [Credential] = []
        if let token, !token.isEmpty {
            headers.append(("authorization", "Bearer \(try Self.checked(token: token))"))
            credentials.append(.token)
        }
        if let userInfo = parts.userInfo {
            headers.append(("authorization", try Self.basic(userInfo)))
            credentials.append(.password)
        }
        for (name, value) in given {
            let value = value.trimmingCharacters(in: .whitespaces)
            try Self.check(header: name, value)
            headers.append((name, value))
            if name.lowercased() == "authorization" { credentials.append(.header) }
        }
        guard credentials.count <= 1 else {
            throw RoostError(
                .invalidInput,
                "Each request can have only one header Authorization, but it is set by "
                    + credentials.map(\.rawValue).joined(separator: " and ") + ". Use only one of them.",
                field: "authorization"
            )
        }
        self.url = parts.url
        self.headers = headers
        credential = credentials.first
    }

    private static func checked(token: String) throws(RoostError) -> String {
        guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw RoostError(
                .invalidInput,
                "ROOST_TOKEN contains a space, a control character or a character outside ASCII. Set it to the token "
                    + "only, without 'Bearer'.",
                field: "token"
            )
        }
        return token
    }

    private static func basic(_ userInfo: String) throws(RoostError) -> String {
        let sides = userInfo.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let decoded = sides.compactMap { try? PercentEncoding.decode($0) }
        guard decoded.count == sides.count, decoded.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } })
        else {
            throw RoostError(
                .invalidInput,
                "The user name or password in the server address contains a control character or an invalid "
                    + "percent-encoding. A percent sign itself is written %25.",
                field: "url"
            )
        }
        guard !decoded[0].contains(":") else {
            throw RoostError(
                .invalidInput,
                "The user name in the server address contains a colon, which basic authentication does not allow.",
                field: "url"
            )
        }
        let pair = "\(decoded[0]):\(decoded.count > 1 ? decoded[1] : "")"
        return "Basic " + Data(pair.utf8).base64EncodedString()
    }

    /// Headers that the client sets itself, or that are about the connection.
    private static let reserved: Set = [
        "connection", "content-encoding", "content-length", "content-type", "expect", "host", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]

    private static func check(header name: String, _ value: String) throws(RoostError) {
        guard name.isHeaderName else {
            throw RoostError(
                .invalidInput,
                "The name of a header is not valid. It must be letters, digits or '-', such as 'X-Api-Key'.",
                field: "headers"
            )
        }
        guard !reserved.contains(name.lowercased()) else {
            throw RoostError(.invalidInput, "The header '\(name)' is set by the client.", field: "headers")
        }
        guard value.utf8.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0x09 }) else {
            throw RoostError(
                .invalidInput,
                "The value of the header '\(name)' contains a control character or a character outside ASCII.",
                field: "headers"
            )
        }
    }
}

/// An address taken apart, so that its user name and password are not shown.
private struct URLParts {
    /// Without user name and password, and without a trailing slash.
    let url: String
    /// As written; `nil` if there is none.
    let userInfo: String?

    init(_ text: String) throws(RoostError) {
        guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) }) else {
            throw Self.invalid(text, "It must begin with http:// or https://, such as \(RoostClient.defaultURL).")
        }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { !"/?#".contains($0) }
        let path = rest.dropFirst(authority.count)
        let at = authority.lastIndex(of: "@")
        let host = at.map { authority[authority.index(after: $0)...] } ?? authority
        userInfo = at.map { String(authority[..<$0]) }
        guard !path.contains(where: { "?#@".contains($0) }) else {
            throw Self.invalid(
                text,
                "It must not have a query or a fragment, and '/', '?', '#' and '@' in a user name or password must be "
                    + "percent-encoded."
            )
        }
        let trimmed = path.hasSuffix("/") ? path.dropLast() : path
        let url = scheme + host + trimmed
        guard url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let parsed = URLComponents(string: url),
            parsed.host?.isEmpty == false, parsed.port.map({ (1...65535).contains($0) }) ?? !host.hasSuffix(":")
        else {
            throw Self.invalid(text, "Expected http://HOST:PORT, such as \(RoostClient.defaultURL).")
        }
        self.url = url
    }

    private static func invalid(_ text: String, _ expected: String) -> RoostError {
        // Anything before an @ may be a password.
        let subject = text.contains("@") ? "The server address" : "'\(text.prefix(200))'"
        return RoostError(.invalidInput, "\(subject) is not a valid server address. \(expected)", field: "url")
    }
}
