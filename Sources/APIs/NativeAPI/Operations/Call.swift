package import Definitions
package import Foundation

/// A request to an operation.
package struct Call: Sendable {
    private let parameters: [String: String]
    private let query: [String: String]
    let contentType: String
    package let body: any CallBody

    /// - Parameters:
    ///   - parameters: The parameters in the path, decoded.
    ///   - query: The parameters in the query, decoded.
    package init(
        parameters: [String: String],
        query: [String: String],
        contentType: String,
        body: any CallBody
    ) {
        self.parameters = parameters
        self.query = query
        self.contentType = contentType
        self.body = body
    }

    /// Returns a parameter in the path.
    package func parameter(_ name: String) throws(RoostError) -> String {
        guard let value = parameters[name] else {
            throw RoostError(.invalidInput, "The path has no parameter '\(name)'.", field: name)
        }
        return value
    }

    package func query(_ name: String) -> String? { query[name] }

    /// Decodes the body, which is JSON or YAML.
    func decode<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        let bytes = try await body.collect()
        guard !bytes.isEmpty else {
            throw RoostError(.invalidInput, "The body is empty. Expected a JSON object.", field: "body")
        }
        guard contentType.contains("yaml") else { return try NativeCoding.decode(type, from: bytes) }
        return try YAMLDefinition(String(decoding: bytes, as: UTF8.self), of: "The body", field: "body").decode(type)
    }
}

/// The body of a request, as the HTTP server receives it.
package protocol CallBody: Sendable {
    /// Returns all of it, decompressed.
    ///
    /// - Throws: ``RoostError`` if it is larger than the operation's ``APIOperation/bodyLimit``.
    func collect() async throws -> Data

    /// Passes on all of it, decompressed. It counts towards the memory for bodies until `use` returns.
    ///
    /// - Parameter limit: The maximum number of bytes.
    func withAll<Result: Sendable>(upTo limit: Int, _ use: (Data) async throws -> Result) async throws -> Result

    /// Passes it on in pieces as they arrive, decompressed.
    ///
    /// - Parameters:
    ///   - subject: What the body is, for the error if it is larger than `limit`.
    ///   - limit: The maximum number of bytes.
    func receive(
        _ subject: String,
        upTo limit: Int,
        _ take: ([UInt8]) async throws -> Void
    ) async throws
}
