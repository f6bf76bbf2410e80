import Definitions
package import Foundation

/// Calls the operations of the server inside its process: what a client does, without HTTP.
///
/// A call goes through the same route, the same check of its query and the same handler as a request, so nothing can be read or
/// done here that the API does not offer.
package struct OperationCaller: Sendable {
    /// The operations by method and number of segments.
    private let operations: [Key: [(template: PathTemplate, operation: APIOperation)]]

    private struct Key: Hashable {
        let method: APIOperation.Method
        let segmentCount: Int
    }

    package init(_ operations: [APIOperation]) {
        let all = operations.map { (template: PathTemplate($0.path), operation: $0) }
        self.operations = Dictionary(grouping: all) {
            Key(method: $0.operation.method, segmentCount: $0.template.segmentCount)
        }
    }

    /// Calls an operation, and returns its response.
    ///
    /// - Parameters:
    ///   - path: Percent-encoded.
    ///   - query: Not encoded.
    ///   - body: JSON.
    ///   - requester: Who asks. It is recorded by the operations that record that.
    /// - Throws: ``RoostError``, or what the operation's handler throws.
    package func call(
        _ method: APIOperation.Method,
        _ path: String,
        query: [String: String] = [:],
        body: Data = Data(),
        by requester: String? = nil
    ) async throws -> Reply {
        let key = Key(method: method, segmentCount: PathTemplate.split(path[...]).count)
        let found = (operations[key] ?? []).lazy.compactMap { candidate in
            candidate.template.parameters(of: path).map { (candidate.operation, $0) }
        }.first
        guard let (operation, parameters) = found, let handler = operation.handler else {
            throw RoostError(.notFound, "There is no operation \(method.rawValue) \(path).")
        }
        var query = query
        if method != .get, let requester, query["by"] == nil, operation.query.contains(where: { $0.name == "by" }) {
            query["by"] = requester
        }
        for name in query.keys where !operation.query.contains(where: { $0.name == name }) {
            throw RoostError(.invalidInput, "Unknown query parameter '\(name)'.", field: name)
        }
        return try await handler(
            Call(
                parameters: parameters,
                query: query,
                contentType: "application/json",
                body: MemoryBody(bytes: body)
            )
        )
    }
}

/// A body that is in memory.
private struct MemoryBody: CallBody {
    let bytes: Data

    func collect() async throws -> Data { bytes }

    func withAll<Result: Sendable>(upTo limit: Int, _ use: (Data) async throws -> Result) async throws -> Result {
        guard bytes.count <= limit else {
            throw RoostError(.tooLarge, "The body is larger than the limit of \(limit) bytes.", field: "body")
        }
        return try await use(bytes)
    }

    func receive(
        _ subject: String,
        upTo limit: Int,
        _ take: ([UInt8]) async throws -> Void
    ) async throws {
        guard bytes.count <= limit else {
            throw RoostError(.tooLarge, "The \(subject) is larger than the limit of \(limit) bytes.", field: "body")
        }
        try await take(Array(bytes))
    }
}
