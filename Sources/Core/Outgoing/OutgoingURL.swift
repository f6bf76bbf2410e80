import Foundation

/// The parts of a URL that outgoing calls accept.
package struct OutgoingURL: Equatable {
    private static let lengthLimit = 16 * 1024

    let isSecure: Bool
    /// In lower case, without the brackets of an IPv6 address.
    let host: String
    let port: Int?
    /// The path and the query, which begin with a slash.
    let target: String

    package init(_ text: String) throws(OutgoingError) {
        // No spaces, control characters or backslashes, which parsers read differently.
        guard text.utf8.count <= Self.lengthLimit,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }),
            let scheme = text.firstRange(of: "://")
        else { throw .invalidURL(text) }
        switch text[..<scheme.lowerBound].lowercased() {
        case "http": isSecure = false
        case "https": isSecure = true
        default: throw .invalidURL(text)
        }
        let rest = text[scheme.upperBound...].prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let path = rest[authority.endIndex...]
        target = path.hasPrefix("/") ? String(path) : "/" + path
        guard let (host, port) = Self.split(authority) else { throw .invalidURL(text) }
        self.host = host
        self.port = port
    }

    private static func split(_ authority: Substring) -> (host: String, port: Int?)? {
        var host = authority
        var digits: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[..<end].dropFirst()
            let rest = authority[end...].dropFirst()
            guard rest.isEmpty || rest.hasPrefix(":"), IPAddress(String(host))?.isIPv6 == true else { return nil }
            digits = rest.isEmpty ? nil : rest.dropFirst()
        } else {
            if let colon = authority.firstIndex(of: ":") {
                host = authority[..<colon]
                digits = authority[colon...].dropFirst()
            }
            // Letters, digits, dots, hyphens and underscores: no user, no escapes.
            guard !host.isEmpty, host.utf8.count <= 253,
                host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) })
            else { return nil }
        }
        guard let digits, !digits.isEmpty else { return (host.lowercased(), nil) }
        guard digits.count <= 5, digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = Int(digits),
            (1...65535).contains(port)
        else { return nil }
        return (host.lowercased(), port)
    }

    /// The host and the port, if it is not the scheme's own, as the `Host` header has them.
    var authority: String { Self.bracketed(host) + (port.map { ":\($0)" } ?? "") }

    /// The scheme, the host and the port, without what may be a secret.
    package var origin: String { (isSecure ? "https://" : "http://") + authority }

    /// The URL with another host.
    func url(host: String) -> String {
        (isSecure ? "https://" : "http://") + Self.bracketed(host) + (port.map { ":\($0)" } ?? "") + target
    }

    private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}
