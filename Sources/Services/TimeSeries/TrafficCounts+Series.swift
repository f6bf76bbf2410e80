package import Serving

extension TrafficCounts {
    /// The requests that were answered.
    package var answered: Int { request.reduce(0) { $0.adding($1.count) } }

    /// All requests, also those that failed.
    package var requests: Int {
        max(0, answered.adding(clientErrors).adding(serverErrors).adding(-max(0, withdrawn)))
    }

    package var errors: Int { clientErrors.adding(serverErrors) }

    /// Adds what was counted in another span of time.
    mutating func add(_ other: TrafficCounts) {
        clientErrors = clientErrors.adding(other.clientErrors)
        serverErrors = serverErrors.adding(other.serverErrors)
        withdrawn = withdrawn.adding(other.withdrawn)
        checkFailures = checkFailures.adding(other.checkFailures)
        modelNanoseconds = modelNanoseconds.adding(other.modelNanoseconds)
        overheadNanoseconds = overheadNanoseconds.adding(other.overheadNanoseconds)
        model.merge(other.model)
        request.merge(other.request)
        overhead.merge(other.overhead)
    }
}

extension [LatencyBuckets.Entry] {
    /// Adds the entries of another histogram. Both are in ascending order.
    fileprivate mutating func merge(_ other: Self) {
        guard !other.isEmpty else { return }
        guard !isEmpty else { return self = other }
        var merged: Self = []
        merged.reserveCapacity(count + other.count)
        var rest = other[...]
        for entry in self {
            while let first = rest.first, first.bucket < entry.bucket { merged.append(rest.removeFirst()) }
            var entry = entry
            if let first = rest.first, first.bucket == entry.bucket {
                entry.count = entry.count.adding(first.count)
                rest.removeFirst()
            }
            merged.append(entry)
        }
        self = merged + rest
    }

    package var total: Int { reduce(0) { $0.adding($1.count) } }

    /// Returns the quantile of the durations in nanoseconds, by the nearest rank; `nil` if there are none.
    ///
    /// - Parameter share: From 0 to 1. The smallest bucket that at least this share of the durations reaches or stays below counts.
    package func quantile(_ share: Double) -> Double? {
        let total = total
        guard total > 0 else { return nil }
        let rank = Swift.max(1, (share * Double(total)).rounded(.up))
        var sum = 0.0
        for entry in self {
            sum += Double(entry.count)
            if sum >= rank { return LatencyBuckets.middle(of: Int(entry.bucket)) }
        }
        return last.map { LatencyBuckets.middle(of: Int($0.bucket)) }
    }

    /// The middle of the lowest bucket in nanoseconds.
    package var lowest: Double? { first.map { LatencyBuckets.middle(of: Int($0.bucket)) } }

    /// The middle of the highest bucket in nanoseconds.
    package var highest: Double? { last.map { LatencyBuckets.middle(of: Int($0.bucket)) } }
}

extension Int {
    /// Returns the sum, or the nearest number that there is. What a file says may be anything.
    fileprivate func adding(_ other: Int) -> Int {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other > 0 ? .max : .min) : sum
    }
}
