package import Definitions
import Foundation
package import Jobs
package import Platform

/// The server's limits as quotas of Service Quotas, and requests to raise them, which the operator grants or denies.
package struct QuotaService: Sendable {
    /// The stored part of a request.
    private struct Document: Codable {
        var code: String
        var value: Double
        var status: QuotaRequest.Status
    }

    /// More than any machine needs.
    private static let largestConcurrency = 1000.0
    private static let concurrencyCode = "L-CONCURRENT-JOBS"

    private let platform: Platform
    private let jobs: JobService

    package init(platform: Platform, jobs: JobService) {
        self.platform = platform
        self.jobs = jobs
    }

    package func all() -> [Quota] {
        func quota(_ service: String, _ code: String, _ name: String, _ value: Int, _ unit: String = "None") -> Quota {
            let isAdjustable = code == Self.concurrencyCode
            return Quota(
                service: service,
                code: code,
                name: name,
                value: Double(value),
                unit: unit,
                isAdjustable: isAdjustable
            )
        }
        let configuration = platform.configuration
        return [
            quota(
                "sagemaker",
                Self.concurrencyCode,
                "Concurrent training and transform jobs; others wait",
                jobs.queue.concurrency
            ),
            quota("sagemaker", "L-JOB-THREADS", "Threads per job", jobs.configuration.threadCount),
            quota("sagemaker", "L-JOB-MEMORY", "Memory per job", jobs.configuration.memoryLimit, "Bytes"),
            quota("sagemaker", "L-INVOCATION-THREADS", "Threads that run expensive models", configuration.threadCount),
            quota(
                "sagemaker",
                "L-INVOCATION-QUEUE",
                "Invocations that may wait for a thread",
                configuration.queueCapacity
            ),
            quota(
                "sagemaker",
                "L-INVOCATION-TIME",
                "Maximum run time of an invocation",
                Int(configuration.runTimeLimit.components.seconds),
                "Seconds"
            ),
            quota("sagemaker", "L-INVOCATION-BODY", "Maximum body size of an invocation", 6_291_456, "Bytes"),
            quota(
                "s3",
                "L-PUT-SIZE",
                "Maximum size of an object in a single PUT, and of a part",
                S3Service.putLimit,
                "Bytes"
            ),
            quota("s3", "L-PARTS", "Parts per object", 10_000),
        ]
    }

    /// Returns all requests, oldest first.
    package func requests() async throws -> [QuotaRequest] {
        let quotas = all()
        return try await platform.allRecorded(Document.self, .quotaRequest).compactMap { recorded in
            quotas.first { $0.code == recorded.value.code }.map { Self.request(recorded, $0) }
        }
    }

    private static func request(_ recorded: Recorded<Document>, _ quota: Quota) -> QuotaRequest {
        QuotaRequest(
            id: recorded.name,
            service: quota.service,
            code: quota.code,
            name: quota.name,
            value: recorded.value.value,
            status: recorded.value.status,
            createdAt: recorded.createdAt
        )
    }

    func ask(for value: Double, of quota: Quota, at time: Date) async throws -> QuotaRequest {
        guard quota.isAdjustable else {
            throw AWSError(
                "IllegalArgumentException",
                "Quota '\(quota.code)' is not adjustable. It is set by a server option or fixed."
            )
        }
        guard value > quota.value else {
            throw AWSError(
                "IllegalArgumentException",
                "You must provide a quota value greater than the current quota value."
            )
        }
        guard value.rounded() == value, value <= Self.largestConcurrency else {
            throw AWSError(
                "IllegalArgumentException",
                "The desired value must be a whole number no greater than \(Int(Self.largestConcurrency))."
            )
        }
        guard try await !requests().contains(where: { $0.code == quota.code && $0.status == .pending }) else {
            throw AWSError(
                "ResourceAlreadyExistsException",
                "Only one open service quota increase request is allowed per quota."
            )
        }
        let id = UUID().uuidString.replacing("-", with: "").lowercased()
        let document = Document(code: quota.code, value: value, status: .pending)
        try await platform.putRecord(document, .quotaRequest, id, at: time)
        return Self.request(Recorded(value: document, name: id, createdAt: time, modifiedAt: time), quota)
    }

    /// Grants or denies a request. A granted request takes effect immediately and survives a restart.
    package func decide(_ id: String, isGranted: Bool) async throws -> QuotaRequest {
        guard var recorded = try await platform.recorded(Document.self, .quotaRequest, id),
            let quota = all().first(where: { $0.code == recorded.value.code })
        else { throw RoostError(.notFound, "There is no quota request '\(id.prefix(100))'.", field: "request") }
        guard recorded.value.status == .pending else {
            let status = recorded.value.status.rawValue.lowercased()
            throw RoostError(.conflict, "Quota request '\(id)' has already been \(status).", field: "request")
        }
        let now = Date()
        recorded.value.status = isGranted ? .approved : .denied
        if isGranted {
            try await platform.putRecord(recorded.value.value, .quota, quota.code, at: now)
            jobs.queue.concurrency = Self.concurrency(recorded.value.value)
        }
        try await platform.putRecord(recorded.value, .quotaRequest, id, at: now)
        return Self.request(recorded, quota)
    }

    /// Applies the value that was granted before the server started, unless the server's options set a higher one.
    package func restore() async throws {
        guard let granted = try await platform.recorded(Double.self, .quota, Self.concurrencyCode) else { return }
        jobs.queue.concurrency = max(jobs.queue.concurrency, Self.concurrency(granted.value))
    }

    /// Returns a recorded limit as a number of jobs.
    private static func concurrency(_ value: Double) -> Int { Int(saturating: min(max(value, 1), largestConcurrency)) }

    /// The limit set by the operator's options, without granted requests.
    var concurrencyByDefault: Double { Double(jobs.configuration.concurrency) }
}
