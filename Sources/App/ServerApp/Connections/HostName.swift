import Foundation

/// The host of a URL or of a `Host` header.
struct HostName: Equatable {
    /// In lower case; an IPv6 address without its brackets.
    let name: String
    let isAddress: Bool
    let port: Substring?

    /// - Returns: `nil` if the text cannot be the host of a URL.
    init?(_ text: some StringProtocol) {
        let text = String(text)
        var name = text[...]
        var port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            name = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            if !rest.isEmpty {
                guard rest.hasPrefix(":") else { return nil }
                port = rest.dropFirst()
            }
            var address = in6_addr()
            guard inet_pton(AF_INET6, String(name), &address) == 1 else { return nil }
            isAddress = true
        } else {
            if let colon = text.firstIndex(of: ":") {
                name = text[..<colon]
                port = text[text.index(after: colon)...]
            }
            // A fully qualified name may end with a dot.
            if name.hasSuffix(".") { name = name.dropLast() }
            guard !name.isEmpty, name.utf8.allSatisfy(\.isHostByte) else { return nil }
            var address = in_addr()
            isAddress = inet_pton(AF_INET, String(name), &address) == 1
        }
        guard port?.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) ?? true else {
            return nil
        }
        self.name = name.lowercased()
        self.port = port
    }

    /// Whether a text is the host of almost every request, which saves parsing it.
    static func isUsual(_ text: Substring) -> Bool {
        guard text.utf8.starts(with: "127.0.0.1".utf8) || text.utf8.starts(with: "localhost".utf8) else { return false }
        let rest = text.utf8.dropFirst(9)
        return rest.isEmpty || rest.first == UInt8(ascii: ":")
    }

    /// Returns the port, or `nil` if it is the scheme's default.
    func otherPort(than standard: String) -> Substring? { port == standard[...] || port == "" ? nil : port }
}

extension UInt8 {
    fileprivate var isHostByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
