extension InferenceLog {
    /// Returns the entries of a pipeline within a window by columns, including all that were appended before the call.
    ///
    /// Blocks: do not call it on an event loop.
    package func batches(of pipeline: String, _ window: LogWindow = LogWindow()) -> LogBatches {
        flush()
        let segments = Segment.all(in: folder + "/" + pipeline)
        return LogBatches(self, Segment.within(window, of: segments), window, open: openSegment(of: pipeline))
    }
}

/// The segments of a window, oldest first, each read when it is asked for. A batch needs memory until it is released, unless it is that
/// of a closed segment with a column file.
package struct LogBatches: Sequence, IteratorProtocol, Sendable {
    private let log: InferenceLog
    /// The remaining segments, newest first.
    private var segments: [Segment]
    private let window: LogWindow
    /// The path of the segment that was open when the batches were asked for.
    private let open: String?

    init(_ log: InferenceLog, _ segments: [Segment], _ window: LogWindow, open: String?) {
        self.log = log
        self.segments = segments.reversed()
        self.window = window
        self.open = open
    }

    /// Returns the next segment with entries within the window. Skips segments that cannot be read, such as ones that retention has
    /// deleted. Blocks.
    package mutating func next() -> LogBatch? {
        while let segment = segments.popLast() {
            guard let source = log.columns(of: segment, isOpen: segment.path == open) else { continue }
            if let batch = LogBatch(source, window) { return batch }
        }
        return nil
    }
}
