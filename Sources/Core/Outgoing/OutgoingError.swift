/// Why an outgoing call got no response.
package enum OutgoingError: Error, Equatable, CustomStringConvertible {
    case invalidURL(String)
    /// A header of the request, or the method, would break the request's syntax.
    case invalidHeader(String)
    case unresolvedHost(String)
    /// - Parameter isPrivate: Whether the address is allowed if the server may call private addresses.
    case addressNotAllowed(host: String, address: String, isPrivate: Bool)
    case connectionFailed(host: String, reason: String)
    case timedOut(host: String)
    case bodyTooLarge(limit: Int)
    case headersTooLarge(limit: Int)

    package var description: String {
        switch self {
        case .invalidURL(let url):
            "Invalid URL '\(url.prefix(200))'. Expected http://HOST[:PORT]/PATH or https://HOST[:PORT]/PATH, without a user."
        case .invalidHeader(let name): "The header '\(name.prefix(100))' of the outgoing request is invalid."
        case .unresolvedHost(let host): "The host '\(host)' cannot be resolved."
        case .addressNotAllowed(let host, let address, let isPrivate):
            "Calls to '\(host)' (\(address)) are not allowed."
                + (isPrivate ? " The server calls private addresses only if it is started with --allow-outgoing." : "")
        case .connectionFailed(let host, let reason): "The call to '\(host)' failed: \(reason)"
        case .timedOut(let host): "The call to '\(host)' took too long."
        case .bodyTooLarge(let limit): "The response has more than \(limit) bytes."
        case .headersTooLarge(let limit): "The headers of the response have more than \(limit) bytes."
        }
    }
}
