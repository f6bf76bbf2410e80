package import Serving

/// What a pipeline did in each step of a span of time.
package struct Series: Sendable {
    package let pipeline: String
    /// The variants of an endpoint that did something then, sorted.
    package let variants: [String]
    package let range: SeriesRange
    /// `nil` for a step in which the pipeline did not exist or the server did not run.
    package let steps: [TrafficCounts?]

    /// What the pipeline did in all of the steps together.
    package var total: TrafficCounts {
        steps.reduce(into: TrafficCounts()) { total, step in
            if let step { total.add(step) }
        }
    }
}

/// Some pipelines' points as they are in memory, to read without the service.
struct SeriesSource: Sendable {
    var pipeline: String
    /// In microseconds since the epoch.
    var createdAt: Int64
    var variants: [String]
    var chunks: [PointStore.Chunk]
    /// The length of a point in seconds.
    var step: Int64
    /// What was counted in the minute that is not over.
    var latest: [(time: Int64, counts: TrafficCounts)]
    var coverage: Coverage

    func series(_ range: SeriesRange) -> Series {
        let created = createdAt / 1_000_000
        var steps: [TrafficCounts?] = (0..<range.count).map { index in
            let time = range.time(of: index)
            let isKnown = time + range.step > created && coverage.overlaps(time, time + range.step)
            return isKnown ? TrafficCounts() : nil
        }
        func add(_ time: Int64, _ counts: TrafficCounts) {
            guard let index = range.index(of: time) else { return }
            if steps[index]?.add(counts) == nil { steps[index] = counts }
        }
        for chunk in chunks { chunk.forEach(step: step, add) }
        for (time, counts) in latest { add(time, counts) }
        return Series(pipeline: pipeline, variants: variants, range: range, steps: steps)
    }
}
