import Definitions
import Encodings
package import Foundation

/// Calls the operations of the server inside its process: what a client does, without HTTP.
///
/// A call goes through the same route, the same check of its query and the same handler as a request, so nothing can be read or
/// done here that the API does not offer.
package struct OperationCaller: Sendable {
    /// The operations by method and number of segments.
    private let operations: [Key: [APIOperation]]

    private struct Key: Hashable {
        let method: APIOperation.Method
        let segmentCount: Int
    }

    package init(_ operations: [APIOperation]) {
        self.operations = Dictionary(grouping: operations) { operation in
            Key(method: operation.method, segmentCount: Self.segments(operation.path).count)
        }
    }

    /// Calls an operation, and returns its response.
    ///
    /// - Parameters:
    ///   - path: Percent-encoded.
    ///   - query: Not encoded.
    ///   - body: JSON.
    /// - Throws: ``RoostError``, or what the operation's handler throws.
    package func call(
        _ method: APIOperation.Method,
        _ path: String,
        query: [String: String] = [:],
        body: Data = Data()
    ) async throws -> Reply {
        let segments = Self.segments(path)
        let candidates = operations[Key(method: method, segmentCount: segments.count)] ?? []
        guard
            let operation = candidates.first(where: { Self.matches(Self.segments($0.path), segments) }),
            let handler = operation.handler
        else { throw RoostError(.notFound, "There is no operation \(method.rawValue) \(path).") }
        for name in query.keys where !operation.query.contains(where: { $0.name == name }) {
            throw RoostError(.invalidInput, "Unknown query parameter '\(name)'.", field: name)
        }
        let named = zip(Self.segments(operation.path), segments).filter { $0.0.hasPrefix("{") }
        let parameters = named.map { (String($0.0.dropFirst().dropLast()), String($0.1).percentDecoded) }
        return try await handler(
            Call(
                parameters: Dictionary(parameters) { first, _ in first },
                query: query,
                contentType: "application/json",
                body: MemoryBody(bytes: body)
            )
        )
    }

    private static func segments(_ path: String) -> [Substring] {
        path.split(separator: "/", omittingEmptySubsequences: false)
    }

    private static func matches(_ template: [Substring], _ segments: [Substring]) -> Bool {
        zip(template, segments).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
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
