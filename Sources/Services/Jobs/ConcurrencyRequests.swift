package import Definitions
package import Foundation
import Platform

/// Requests to run more jobs at once, which the operator of the server grants or denies.
package struct ConcurrencyRequests: Sendable {
    /// What is stored of a request.
    private struct Document: Codable {
        /// The only limit that can be raised.
        var code = ConcurrencyRequests.grantName
        var value: Double
        var status: QuotaRequest.Status
    }

    package struct Request: Sendable {
        package let id: String
        package let value: Double
        package let status: QuotaRequest.Status
        package let createdAt: Date
    }

    /// Why a request is refused.
    package enum Rejection: Error {
        /// It asks for no more than there is.
        case notGreater
        /// It does not ask for a whole number of at most this many.
        case notWhole(maximum: Int)
        case alreadyPending
    }

    /// More than any machine can use.
    private static let largestConcurrency = 1000.0
    private static let requestKind = RecordKind("quota-request")
    private static let grantKind = RecordKind("quota")
    private static let grantName = "L-CONCURRENT-JOBS"

    private let platform: Platform
    private let queue: JobQueue

    init(platform: Platform, queue: JobQueue) {
        self.platform = platform
        self.queue = queue
    }

    /// Returns all requests, oldest first.
    package func all() async throws -> [Request] {
        try await platform.allRecorded(Document.self, Self.requestKind).map(Self.request)
    }

    private static func request(_ recorded: Recorded<Document>) -> Request {
        Request(
            id: recorded.name,
            value: recorded.value.value,
            status: recorded.value.status,
            createdAt: recorded.createdAt
        )
    }

    /// - Throws: ``Rejection``
    package func ask(for value: Double, at time: Date) async throws -> Request {
        guard value > Double(queue.concurrency) else { throw Rejection.notGreater }
        guard value.rounded() == value, value <= Self.largestConcurrency else {
            throw Rejection.notWhole(maximum: Int(Self.largestConcurrency))
        }
        guard try await !all().contains(where: { $0.status == .pending }) else { throw Rejection.alreadyPending }
        let id = UUID().uuidString.replacing("-", with: "").lowercased()
        let document = Document(value: value, status: .pending)
        try await platform.putRecord(document, Self.requestKind, id, at: time)
        return Self.request(Recorded(value: document, name: id, createdAt: time, modifiedAt: time))
    }

    /// Grants or denies a request. A granted request takes effect immediately and survives a restart.
    package func decide(_ id: String, isGranted: Bool, at time: Date) async throws -> Request {
        guard var recorded = try await platform.recorded(Document.self, Self.requestKind, id) else {
            throw RoostError(.notFound, "There is no quota request '\(id.prefix(100))'.", field: "request")
        }
        guard recorded.value.status == .pending else {
            let status = recorded.value.status.rawValue.lowercased()
            throw RoostError(.conflict, "Quota request '\(id)' has already been \(status).", field: "request")
        }
        recorded.value.status = isGranted ? .approved : .denied
        if isGranted {
            try await platform.putRecord(recorded.value.value, Self.grantKind, Self.grantName, at: time)
            queue.concurrency = Self.concurrency(recorded.value.value)
        }
        try await platform.putRecord(recorded.value, Self.requestKind, id, at: time)
        return Self.request(recorded)
    }

    /// Applies the value that was granted before the server started, unless the server's options set a higher one.
    package func restore() async throws {
        guard let granted = try await platform.recorded(Double.self, Self.grantKind, Self.grantName) else { return }
        queue.concurrency = max(queue.concurrency, Self.concurrency(granted.value))
    }

    /// Converts a stored value to a number of jobs.
    private static func concurrency(_ value: Double) -> Int { Int(saturating: min(max(value, 1), largestConcurrency)) }
}
