import Definitions
import Encodings
package import Foundation

/// An HTTP request that becomes a function's event.
package struct ProxyRequest: Sendable {
    package var method: String
    /// As it was sent, percent-encoded, with the stage if the event has it.
    package var path: String
    /// As it was sent, percent-encoded.
    package var query: String
    package var headers: [(name: String, value: String)]
    package var body: Data
    /// The `Host` that the client called.
    package var host: String
    package var sourceAddress: String
    package var isSecure: Bool
    package var requestID: String
    package var time: Date

    package init(
        method: String,
        path: String,
        query: String,
        headers: [(name: String, value: String)],
        body: Data,
        host: String,
        sourceAddress: String,
        isSecure: Bool,
        requestID: String,
        time: Date
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.host = host
        self.sourceAddress = sourceAddress
        self.isSecure = isSecure
        self.requestID = requestID
        self.time = time
    }

    /// The last value of a header.
    ///
    /// - Parameter name: In lower case.
    package func header(_ name: String) -> String? { headers.last { $0.name.lowercased() == name }?.value }

    /// The first label of the host, which is the API's ID if the API has its own host.
    package var domainPrefix: String { String(host.prefix { $0 != "." && $0 != ":" }) }

    /// The name and value of each parameter of the query, decoded, in order.
    package var parameters: [(name: String, value: String)] { PercentEncoding.pairs(of: query, plusIsSpace: true) }

    /// Whether the body reaches functions behind HTTP APIs and function URLs as text. Every other body is encoded in Base64.
    package var hasTextBody: Bool {
        let type = (header("content-type") ?? "").prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        let isText =
            type.hasPrefix("text/") || ["application/json", "application/xml", "application/javascript"].contains(type)
        return isText && String(validating: body, as: UTF8.self) != nil
    }

    private static let connectionHeaders: Set<String> = [
        "connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
        "upgrade",
    ]
    private static let forwardingHeaders: Set<String> = ["x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"]

    /// The headers without those of the connection, and with those that a gateway adds.
    package var eventHeaders: [(name: String, value: String)] {
        var kept = headers.filter { header in
            let name = header.name.lowercased()
            return !Self.connectionHeaders.contains(name) && !Self.forwardingHeaders.contains(name)
        }
        let addresses = headers.filter { $0.name.lowercased() == "x-forwarded-for" }.map(\.value) + [sourceAddress]
        let port = host.last == "]" ? nil : host.split(separator: ":").dropFirst().last.map(String.init)
        kept.append(("X-Forwarded-For", addresses.joined(separator: ", ")))
        kept.append(("X-Forwarded-Port", port ?? (isSecure ? "443" : "80")))
        kept.append(("X-Forwarded-Proto", isSecure ? "https" : "http"))
        if header("x-amzn-trace-id") == nil { kept.append(("X-Amzn-Trace-Id", "Root=" + traceID)) }
        return kept
    }

    /// `1-`, the time in eight hexadecimal digits, and 24 digits that are unique.
    private var traceID: String {
        let seconds = String(UInt32(truncatingIfNeeded: time.milliseconds / 1000), radix: 16)
        let digits = requestID.lowercased().filter { $0.isASCII && $0.isHexDigit } + String(repeating: "0", count: 24)
        return "1-\(String(repeating: "0", count: 8 - seconds.count))\(seconds)-\(digits.prefix(24))"
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The time as web servers log it: `28/Nov/2026:07:05:38 +0000`.
    package var logTime: String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: time)
        func two(_ number: Int?) -> String { String("0\(number ?? 0)".suffix(2)) }
        return "\(two(parts.day))/\(Self.months[(parts.month ?? 1) - 1])/\(parts.year ?? 0):"
            + "\(two(parts.hour)):\(two(parts.minute)):\(two(parts.second)) +0000"
    }
}
