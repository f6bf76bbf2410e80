import Foundation

/// The rules of a bucket by which web pages of other origins may use it.
struct CORSRules: Codable, Equatable {
    struct Rule: Codable, Equatable {
        var id: String?
        /// Origins; one `*` in each stands for any characters.
        var origins: [String]
        var methods: [String]
        /// Patterns of the headers that a request may have, in any case.
        var headers: [String] = []
        var exposedHeaders: [String] = []
        /// How long browsers may remember the response to a preflight request.
        var maxAgeSeconds: Int?
    }

    static let methods = ["GET", "PUT", "HEAD", "POST", "DELETE"]
    static let ruleLimit = 100

    var rules: [Rule]

    /// Returns what the first rule grants that allows the origin, the method and all of the headers; `nil` if none does.
    func grant(origin: String, method: String, headers: [String] = []) -> CORSGrant? {
        for rule in rules {
            guard let pattern = rule.origins.first(where: { Self.pattern($0, matches: origin) }),
                rule.methods.contains(method),
                headers.allSatisfy({ header in
                    rule.headers.contains { Self.pattern($0.lowercased(), matches: header.lowercased()) }
                })
            else { continue }
            return CORSGrant(
                origin: pattern == "*" ? "*" : origin,
                methods: rule.methods,
                headers: headers,
                exposedHeaders: rule.exposedHeaders,
                maxAgeSeconds: rule.maxAgeSeconds
            )
        }
        return nil
    }

    /// Compares a text with a pattern in which one `*` stands for any characters.
    static func pattern(_ pattern: String, matches text: String) -> Bool {
        guard let star = pattern.utf8.firstIndex(of: UInt8(ascii: "*")) else { return pattern == text }
        let (start, end) = (pattern.utf8[..<star], pattern.utf8[pattern.utf8.index(after: star)...])
        return text.utf8.count >= start.count + end.count && text.utf8.starts(with: start)
            && text.utf8.reversed().starts(with: end.reversed())
    }
}

/// What a rule grants to a page, as the headers of a response say it.
package struct CORSGrant: Sendable, Equatable {
    let origin: String
    let methods: [String]
    /// The headers that the page asked for.
    let headers: [String]
    let exposedHeaders: [String]
    let maxAgeSeconds: Int?

    /// Caches must not give the response to pages of other origins.
    package static let varying = (
        name: "vary", value: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
    )

    package var responseHeaders: [(name: String, value: String)] {
        var fields = [
            (name: "access-control-allow-origin", value: origin),
            ("access-control-allow-methods", methods.joined(separator: ", ")),
        ]
        if !headers.isEmpty { fields.append(("access-control-allow-headers", headers.joined(separator: ", "))) }
        if !exposedHeaders.isEmpty {
            fields.append(("access-control-expose-headers", exposedHeaders.joined(separator: ", ")))
        }
        if let maxAgeSeconds { fields.append(("access-control-max-age", String(maxAgeSeconds))) }
        if origin != "*" { fields.append(("access-control-allow-credentials", "true")) }
        fields.append(Self.varying)
        return fields
    }
}
