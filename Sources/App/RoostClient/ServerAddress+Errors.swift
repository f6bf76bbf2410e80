import AsyncHTTPClient
import Definitions
import Foundation
import NIOHTTP1

extension ServerAddress {
    /// Returns the error for a response that is not from a Roost server, probably from a proxy in front of it. It quotes nothing
    /// from the body, which may repeat the request's headers.
    func error(for response: HTTPClientResponse) -> RoostError {
        let status = response.status
        let proxy = "The proxy at \(url) responded with \(status.code) \(status.reasonPhrase)"
        switch status.code {
        case 301, 302, 303, 307, 308:
            let target = response.headers.first(name: "location").flatMap(Self.origin).map { " to \($0)" } ?? ""
            return RoostError(
                .invalidInput,
                "\(url) redirects\(target). Redirects are not followed. Set ROOST_URL to the server's final address.",
                field: "url"
            )
        case 401:
            let advice =
                credential.map { "It did not accept \($0.rawValue)." }
                ?? "Set ROOST_TOKEN, or put a user name and password into ROOST_URL."
            return RoostError(.unauthorized, "\(proxy). \(advice)")
        case 403: return RoostError(.forbidden, "\(proxy). It does not allow this request.")
        case 407:
            return RoostError(.unauthorized, "\(proxy). It requires authentication that this client does not support.")
        case 413:
            return RoostError(
                .tooLarge,
                "\(proxy). The request is larger than the proxy's limit (client_max_body_size in nginx)."
            )
        case 429: return RoostError(.busy, "\(proxy). Try again later.")
        case 502, 503: return RoostError(.unavailable, "\(proxy). The Roost server behind it does not respond.")
        case 504: return RoostError(.timeout, "\(proxy). The Roost server behind it did not respond in time.")
        default:
            return RoostError(
                .internalError,
                "\(url) returned HTTP \(status.code) \(status.reasonPhrase). Is it a Roost server?"
            )
        }
    }

    /// Returns scheme, host and port of an address. The rest may contain secrets.
    private static func origin(_ location: String) -> String? {
        guard let parts = URLComponents(string: location), let scheme = parts.scheme, let host = parts.host else {
            return nil
        }
        return "\(scheme)://\(host)" + (parts.port.map { ":\($0)" } ?? "")
    }
}
