package import Foundation

/// Selects and sorts jobs of a kind.
package struct JobQuery: Sendable {
    package enum Order: String, Sendable {
        case name
        case createdAt = "created_at"
        case status
    }

    package var nameContains: String?
    package var status: JobState.Status?
    package var parent: String?
    package var createdAfter: Date?
    package var createdBefore: Date?
    package var modifiedAfter: Date?
    package var modifiedBefore: Date?
    package var order = Order.createdAt
    package var isDescending = true
    /// The number of jobs to skip.
    package var offset = 0
    package var limit = 100

    package init() {}
}

/// A job with the original request that created it, which only the API dialect of that request reads.
package struct RecordedJob<Value: Job>: Sendable {
    package var job: Value
    package var request: String?

    package init(job: Value, request: String?) {
        self.job = job
        self.request = request
    }
}
