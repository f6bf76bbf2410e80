import Encodings
import Foundation
import NIOHTTP1

/// The headers that the server needs from each request, read in one pass: looking each one up by name would compare it with all
/// of them every time.
struct RequestHeadFacts {
    private(set) var host: Substring?
    private(set) var hostCount = 0
    private(set) var origin: String?
    private(set) var fetchSite: String?
    private(set) var fetchMode: String?
    private(set) var fetchDestination: String?
    private(set) var contentType: String?
    private(set) var contentEncoding: String?
    private(set) var acceptEncoding: String?
    private(set) var contentLength: String?
    private(set) var isChunked = false
    private(set) var expectsContinue = false
    /// Whether the client wrote the header that is for the guard to write.
    private(set) var claimsAdmission = false

    init(_ headers: HTTPHeaders) {
        for (name, padded) in headers {
            let value = padded.withoutSpaceAtEnd
            switch name.utf8.count {
            case 4 where name.isHeader("host"):
                host = value[...]
                hostCount += 1
            case 6 where name.isHeader("origin"): origin = value
            case 6 where name.isHeader("expect"): expectsContinue = value.lowercased() == "100-continue"
            case 12 where name.isHeader("content-type"): contentType = value
            case 14 where name.isHeader("content-length"): contentLength = value
            case 14 where name.isHeader("sec-fetch-site"): fetchSite = value
            case 14 where name.isHeader("sec-fetch-mode"): fetchMode = value
            case 14 where name.isHeader("sec-fetch-dest"): fetchDestination = value
            case 15 where name.isHeader("accept-encoding"): acceptEncoding = value
            case 15 where name.isHeader(Admission.header): claimsAdmission = true
            case 16 where name.isHeader("content-encoding"):
                contentEncoding = contentEncoding.map { "\($0),\(value)" } ?? value
            case 17 where name.isHeader("transfer-encoding"): isChunked = true
            default: break
            }
        }
    }

    /// The body's announced length in bytes.
    var declaredLength: Int? { contentLength.flatMap { Int($0) } }

    var hasBody: Bool { isChunked || (declaredLength ?? 0) > 0 }
}

extension String {
    /// The value of a header without the white space after it, which NIO's decoder leaves there.
    ///
    /// - Source: RFC 9112, section 5.1.
    var withoutSpaceAtEnd: String {
        guard let last = utf8.last, last == 0x20 || last == 0x09 else { return self }
        let kept = utf8.reversed().drop { $0 == 0x20 || $0 == 0x09 }
        return String(decoding: kept.reversed(), as: UTF8.self)
    }
}

extension HTTPRequestHead {
    /// The head with a path as its target. The absolute form, which clients send to proxies, names the host, and that counts
    /// instead of the header.
    ///
    /// - Source: RFC 9112, section 3.2.2.
    var inOriginForm: HTTPRequestHead {
        guard !uri.hasPrefix("/"), let scheme = uri.range(of: "://") else { return self }
        let rest = uri[scheme.upperBound...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        var head = self
        head.uri = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
        head.headers.replaceOrAdd(name: "host", value: String(rest[..<end]))
        return head
    }
}
