import Crypto
import Encodings
import Foundation

/// A file of the console that is the same for everyone.
struct Asset: Sendable {
    private let contentType: String
    private let bytes: [UInt8]
    /// Changes with the contents, so that a browser asks again after an update of the server but loads the file only if it changed.
    private let tag: String

    private init(_ contentType: String, _ bytes: [UInt8]) {
        self.contentType = contentType
        self.bytes = bytes
        tag = "\"" + SHA256.hash(data: bytes).prefix(16).hexadecimal + "\""
    }

    static func named(_ path: String) -> Asset? { all[path] }

    static let iconPath = "/favicon.ico"
    private static let icon = Asset("image/svg+xml", PackageResources.icon_svg)

    private static let all = [
        "/console/console.css": Asset("text/css; charset=utf-8", PackageResources.console_css),
        "/console/console.js": Asset("text/javascript; charset=utf-8", PackageResources.console_js),
        "/console/charts.js": Asset("text/javascript; charset=utf-8", PackageResources.charts_js),
        "/console/marks.js": Asset("text/javascript; charset=utf-8", PackageResources.marks_js),
        "/console/shared.js": Asset("text/javascript; charset=utf-8", PackageResources.shared_js),
        "/console/icon.svg": icon,
        // What browsers ask for beside plain text, which cannot name another.
        iconPath: icon,
    ]

    func response(ifNoneMatch: String?) -> ConsoleResponse {
        let isKnown = ifNoneMatch == tag
        var response = ConsoleResponse(
            status: isKnown ? 304 : 200,
            contentType: contentType,
            cache: "no-cache",
            body: isKnown ? [] : bytes
        )
        response.headers.append(("etag", tag))
        return response
    }
}
