import AsyncHTTPClient
import Definitions
package import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOPosix
import WorkThreads

/// A call to a server outside.
package struct OutgoingRequest: Sendable {
    package let method: String
    package let url: String
    package var headers: [(name: String, value: String)] = []
    package var body = Data()
    /// How long the call may take, from the resolution of the host to the last byte.
    package var timeLimit = Duration.seconds(30)
    package var bodyLimit = 10 << 20
    /// Whether only the beginning of a body above the limit is returned. Otherwise such a body is an error.
    package var cutsBody = false

    package init(method: String, url: String) {
        self.method = method
        self.url = url
    }
}

package struct OutgoingResponse: Sendable {
    package let status: Int
    package let headers: [(name: String, value: String)]
    package let body: Data
}

/// The one client for HTTP calls to where users say.
///
/// A host is resolved once. All its addresses must be allowed, and the connection goes to one of these, so that a name cannot
/// resolve to an allowed address first and to a private one later. Redirects are not followed.
package struct OutgoingClient: Sendable {
    private static let headerLimit = 64 * 1024
    /// How many addresses of a host are tried.
    private static let attemptLimit = 3

    /// Whether calls may go to private addresses, such as this machine.
    private let allowsPrivateAddresses: Bool

    package init(allowsPrivateAddresses: Bool) { self.allowsPrivateAddresses = allowsPrivateAddresses }

    /// - Throws: ``OutgoingError``, or `CancellationError`.
    package func send(_ request: OutgoingRequest) async throws -> OutgoingResponse {
        let url = try OutgoingURL(request.url)
        guard request.method.isHeaderName else { throw OutgoingError.invalidHeader(request.method) }
        for header in request.headers where !header.name.isHeaderName || !header.value.isHeaderValue {
            throw OutgoingError.invalidHeader(header.name)
        }
        // The resolver of the system cannot be cancelled.
        let response = try await withTimeLimit(request.timeLimit) {
            let addresses = try await HostResolver.addresses(of: url.host)
            try check(addresses, of: url.host)
            return try await call(url, request, addresses.prefix(Self.attemptLimit))
        }
        guard let response else { throw OutgoingError.timedOut(host: url.host) }
        return response
    }

    /// Checks a URL as ``send(_:)`` does, without calling it.
    ///
    /// - Throws: ``OutgoingError`` if it cannot be called from here, or `CancellationError`.
    package func check(_ text: String) async throws {
        let url = try OutgoingURL(text)
        let addresses = try await withTimeLimit(.seconds(10)) { try await HostResolver.addresses(of: url.host) }
        guard let addresses else { throw OutgoingError.unresolvedHost(url.host) }
        try check(addresses, of: url.host)
    }

    func check(_ addresses: [IPAddress], of host: String) throws(OutgoingError) {
        for address in addresses {
            let reach = address.reach
            guard reach == .everywhere || reach == .ifPrivateIsAllowed && allowsPrivateAddresses else {
                throw .addressNotAllowed(
                    host: host,
                    address: address.description,
                    isPrivate: reach == .ifPrivateIsAllowed
                )
            }
        }
    }

    /// Calls the first address that accepts a connection.
    private func call(
        _ url: OutgoingURL,
        _ request: OutgoingRequest,
        _ addresses: ArraySlice<IPAddress>
    ) async throws -> OutgoingResponse {
        var refusal: any Error = OutgoingError.unresolvedHost(url.host)
        for address in addresses {
            do {
                return try await call(url, request, at: address)
            } catch let error where Self.isRefusal(error) {
                refusal = error
            } catch let error as OutgoingError {
                throw error
            } catch let error as CancellationError {
                throw error
            } catch is NIOTooManyBytesError {
                throw OutgoingError.bodyTooLarge(limit: request.bodyLimit)
            } catch {
                throw OutgoingError.connectionFailed(host: url.host, reason: "\(error)")
            }
        }
        throw OutgoingError.connectionFailed(host: url.host, reason: "\(refusal)")
    }

    /// Whether an error says that no connection was made, so that nothing was sent.
    private static func isRefusal(_ error: any Error) -> Bool {
        if let error = error as? HTTPClientError { return error == .connectTimeout }
        if let error = error as? IOError {
            return [ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL, ETIMEDOUT].contains(error.errnoCode)
        }
        return error is NIOConnectionError
    }

    private func call(
        _ url: OutgoingURL,
        _ request: OutgoingRequest,
        at address: IPAddress
    ) async throws -> OutgoingResponse {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(5)
        configuration.connectionPool.retryConnectionEstablishment = false
        // The certificate is verified for the host's name, whatever address it has.
        configuration.dnsOverride = [url.host: address.description]
        // Its threads are shared. A client for each call costs no more than the connection that it makes.
        let client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        do {
            let response = try await exchange(url, request, client)
            try? await client.shutdown()
            return response
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private func exchange(
        _ url: OutgoingURL,
        _ request: OutgoingRequest,
        _ client: HTTPClient
    ) async throws -> OutgoingResponse {
        var outgoing = HTTPClientRequest(url: url.url(host: url.host))
        outgoing.method = HTTPMethod(rawValue: request.method)
        for header in request.headers where !Self.ownHeaders.contains(header.name.lowercased()) {
            outgoing.headers.add(name: header.name, value: header.value)
        }
        outgoing.headers.add(name: "Host", value: url.authority)
        if !request.body.isEmpty { outgoing.body = .bytes(ByteBuffer(data: request.body)) }
        let limit = TimeAmount(request.timeLimit)
        let response = try await client.execute(outgoing, timeout: limit)
        let headers = response.headers.map { (name: $0.name, value: $0.value) }
        guard headers.reduce(0, { $0 + $1.name.utf8.count + $1.value.utf8.count }) <= Self.headerLimit else {
            throw OutgoingError.headersTooLarge(limit: Self.headerLimit)
        }
        let body = try await body(of: response, request)
        return OutgoingResponse(status: Int(response.status.code), headers: headers, body: Data(buffer: body))
    }

    private func body(of response: HTTPClientResponse, _ request: OutgoingRequest) async throws -> ByteBuffer {
        guard request.cutsBody else { return try await response.body.collect(upTo: request.bodyLimit) }
        var body = ByteBuffer()
        for try await piece in response.body {
            var piece = piece
            let count = min(piece.readableBytes, request.bodyLimit - body.readableBytes)
            if var beginning = piece.readSlice(length: count) { body.writeBuffer(&beginning) }
            if body.readableBytes >= request.bodyLimit { break }
        }
        return body
    }

    /// The headers that the client sets itself.
    private static let ownHeaders: Set<String> = ["host", "content-length", "transfer-encoding", "connection"]
}
