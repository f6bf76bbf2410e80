import AsyncHTTPClient
import Definitions
import Encodings
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOPosix
import NIOSSL
import NativeAPI

/// Requests and responses.
extension RoostClient {
    static func escaped(_ segment: String) -> String { PercentEncoding.encode(segment) }

    func request(_ method: HTTPMethod, _ path: String, _ query: [String: String] = [:]) -> HTTPClientRequest {
        let pairs = query.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.escaped($0.value))" }
        var request = HTTPClientRequest(url: baseURL + path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")))
        request.method = method
        request.headers.add(name: "user-agent", value: "roost-client")
        for (name, value) in address.headers { request.headers.add(name: name, value: value) }
        return request
    }

    func get<Value: Decodable>(
        _ path: String,
        _ query: [String: String] = [:],
        as type: Value.Type = Value.self
    ) async throws -> Value {
        try await decode(type, execute(request(.GET, path, query)))
    }

    func send<Value: Decodable>(
        _ method: HTTPMethod,
        _ path: String,
        _ body: some Encodable,
        timeout: TimeAmount = .seconds(120)
    ) async throws -> Value {
        var request = request(method, path)
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try NativeCoding.encoder.encode(body)))
        return try await decode(Value.self, execute(request, timeout: timeout))
    }

    /// - Throws: ``RoostError``: the server's error, or an unavailable error if no server responds.
    func execute(_ request: HTTPClientRequest, timeout: TimeAmount = .seconds(120)) async throws
        -> HTTPClientResponse
    {
        let response: HTTPClientResponse
        do {
            response = try await http.execute(request, timeout: timeout)
        } catch let error as NIOSSLError {
            throw RoostError(
                .unavailable,
                "Cannot establish a trusted TLS connection to \(baseURL): \(error). If an authority of your own has signed "
                    + "the server's certificate, set SSL_CERT_FILE to the authority's certificate.",
                field: "url"
            )
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            throw RoostError(
                .timeout,
                "The Roost server at \(baseURL) did not answer within \(timeout.nanoseconds / 1_000_000_000) s. "
                    + "It may still complete the request.",
                field: "url"
            )
        } catch {
            throw RoostError(
                .unavailable,
                "No Roost server at \(baseURL) (\(Self.cause(of: error))). Start one with: roost serve",
                field: "url"
            )
        }
        return try await successful(response)
    }

    /// Returns a response unless it is an error.
    ///
    /// - Throws: ``RoostError``: the server's error, or what another server, such as a proxy, responded with.
    func successful(_ response: HTTPClientResponse) async throws -> HTTPClientResponse {
        if (200..<300).contains(response.status.code) { return response }
        let body = try? await response.body.collect(upTo: 1 << 20)
        if let body, let error = try? NativeCoding.decoder.decode(ErrorBody.self, from: Data(buffer: body)) {
            throw error.roostError
        }
        throw address.error(for: response)
    }

    /// Returns why a connection failed, in the system's words.
    private static func cause(of error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError where !error.connectionErrors.isEmpty:
            cause(of: error.connectionErrors[0].error)
        default: "\(error)"
        }
    }

    func collect(_ response: HTTPClientResponse) async throws -> Data {
        Data(buffer: try await response.body.collect(upTo: 1 << 30))
    }

    func decode<Value: Decodable>(_ type: Value.Type, _ response: HTTPClientResponse) async throws -> Value {
        let body = try await collect(response)
        do {
            return try NativeCoding.decoder.decode(type, from: body)
        } catch {
            throw RoostError(.internalError, "\(baseURL) did not return the expected JSON. Is it a Roost server?")
        }
    }
}
