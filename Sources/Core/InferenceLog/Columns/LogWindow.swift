/// A span of time in milliseconds since the epoch.
package struct LogWindow: Hashable, Sendable {
    /// Inclusive.
    package var start: Int64?
    /// Exclusive.
    package var end: Int64?

    package init(start: Int64? = nil, end: Int64? = nil) {
        self.start = start
        self.end = end
    }

    package func contains(_ time: Int64) -> Bool {
        if let start, time < start { return false }
        if let end, time >= end { return false }
        return true
    }
}

extension Segment {
    /// The maximum delay in milliseconds between an entry's time and the start of its segment, due to buffering.
    private static let slack: Int64 = 60_000

    /// Returns those of the segments, oldest first, that may have entries within the window.
    static func within(_ window: LogWindow, of segments: [Segment]) -> [Segment] {
        segments.enumerated().filter { index, segment in
            if let end = window.end, segment.start / 1000 - slack > end { return false }
            // A segment ends where the next one starts.
            if let start = window.start, index + 1 < segments.count {
                return segments[index + 1].start / 1000 + slack >= start
            }
            return true
        }.map(\.element)
    }
}
