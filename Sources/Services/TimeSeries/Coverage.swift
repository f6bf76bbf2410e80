/// When the server recorded, as spans of seconds since the epoch. What is not covered is unknown, and not idle.
struct Coverage: Sendable {
    /// A server that starts every five minutes has fewer spans in a week.
    private static let limit = 4096

    private var spans: [(start: Int64, end: Int64)] = []

    var first: Int64? { spans.first?.start }

    mutating func add(from start: Int64, to end: Int64) {
        guard start < end else { return }
        if let last = spans.last, last.start <= start, start <= last.end {
            spans[spans.count - 1].end = max(last.end, end)
        } else {
            // Also if the clock was set back.
            spans.append((start, end))
            if spans.count > Self.limit { spans.removeFirst() }
        }
    }

    /// Returns whether any part of a span of time is covered.
    func overlaps(_ start: Int64, _ end: Int64) -> Bool { spans.contains { $0.start < end && start < $0.end } }

    mutating func remove(before time: Int64) { spans.removeAll { $0.end <= time } }

    /// Returns what lies in a span of time.
    func part(from start: Int64, to end: Int64) -> Coverage {
        var part = self
        part.spans.removeAll { $0.end <= start || $0.start >= end }
        return part
    }
}
