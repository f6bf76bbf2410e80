import Serving

/// The points of one resolution, in memory: bytes, so that a busy pipeline takes little and an idle one nothing.
struct PointStore: Sendable {
    struct Resolution: Sendable {
        /// The length of a point in seconds.
        var step: Int64
        /// The length of a chunk in seconds. A chunk expires as a whole.
        var span: Int64
        /// How long points are kept, in seconds.
        var retention: Int64
        /// The bytes of all points. The oldest points of all pipelines go first.
        var byteLimit: Int

        /// 5 s for one hour.
        static let fine = Resolution(step: 5, span: 300, retention: 3600, byteLimit: 64 << 20)
        /// 1 minute for one week.
        static let coarse = Resolution(step: 60, span: 3600, retention: 7 * 86_400, byteLimit: 256 << 20)
    }

    /// A pipeline, and which one of those that had the name.
    struct Owner: Sendable, Hashable {
        var pipeline: String
        /// When the pipeline was created, in microseconds since the epoch.
        var createdAt: Int64
    }

    /// Points whose time begins in a span of time, in any order: each is its place in the span, the number of its bytes, and its counts.
    struct Chunk: Sendable {
        /// A multiple of the span, in seconds since the epoch.
        let start: Int64
        var bytes: [UInt8] = []

        /// What it takes in memory apart from its bytes, about.
        static let cost = 64
    }

    private struct Pipeline {
        let createdAt: Int64
        /// By variant; the empty name stands for none.
        var variants: [String: [Chunk]] = [:]
    }

    /// How many pipelines and variants have points. Further ones are not recorded.
    static let seriesLimit = 20_000

    let resolution: Resolution
    private var pipelines: [String: Pipeline] = [:]
    private(set) var byteCount = 0
    private var seriesCount = 0

    init(_ resolution: Resolution) { self.resolution = resolution }

    /// Adds a point.
    ///
    /// - Parameters:
    ///   - time: When it begins: a multiple of the step, in seconds since the epoch.
    ///   - counts: Encoded.
    /// - Returns: Whether it is kept; not if too many others have points.
    @discardableResult
    mutating func append(_ counts: [UInt8], of owner: Owner, variant: String?, at time: Int64) -> Bool {
        if let known = pipelines[owner.pipeline], known.createdAt != owner.createdAt { remove(owner.pipeline) }
        let variant = variant ?? ""
        if pipelines[owner.pipeline]?.variants[variant] == nil {
            guard seriesCount < Self.seriesLimit else { return false }
            seriesCount += 1
        }
        let start = time.rounded(to: resolution.span)
        var point: [UInt8] = []
        point.append(number: Int((time - start) / resolution.step))
        point.append(number: counts.count)
        point.append(contentsOf: counts)
        var pipeline = pipelines.removeValue(forKey: owner.pipeline) ?? Pipeline(createdAt: owner.createdAt)
        // Taken out of the dictionary, so that they are changed in place.
        var chunks = pipeline.variants.removeValue(forKey: variant) ?? []
        // The last one, unless the clock was set back.
        if let index = chunks.lastIndex(where: { $0.start == start }) {
            chunks[index].bytes.append(contentsOf: point)
        } else {
            chunks.append(Chunk(start: start, bytes: point))
            byteCount += Chunk.cost
        }
        byteCount += point.count
        pipeline.variants[variant] = chunks
        pipelines[owner.pipeline] = pipeline
        return true
    }

    /// Returns the points of a pipeline that may lie in a span of time.
    ///
    /// - Parameter variant: `nil` for all.
    func chunks(of owner: Owner, variant: String?, from start: Int64, before end: Int64) -> [Chunk] {
        guard let pipeline = pipelines[owner.pipeline], pipeline.createdAt == owner.createdAt else { return [] }
        let chunks = variant.map { pipeline.variants[$0] ?? [] } ?? pipeline.variants.values.flatMap(\.self)
        return chunks.filter { $0.start < end && $0.start + resolution.span > start }
    }

    /// Returns the variants of a pipeline with points that may lie at or after a time, sorted.
    func variants(of owner: Owner, since time: Int64) -> [String] {
        guard let pipeline = pipelines[owner.pipeline], pipeline.createdAt == owner.createdAt else { return [] }
        return pipeline.variants.filter { name, chunks in
            !name.isEmpty && chunks.contains { $0.start + resolution.span > time }
        }.keys.sorted()
    }

    /// The pipelines that have points.
    var owners: [Owner] { pipelines.map { Owner(pipeline: $0.key, createdAt: $0.value.createdAt) } }

    // MARK: Removal

    mutating func remove(_ owner: Owner) {
        if pipelines[owner.pipeline]?.createdAt == owner.createdAt { remove(owner.pipeline) }
    }

    private mutating func remove(_ pipeline: String) {
        guard let removed = pipelines.removeValue(forKey: pipeline) else { return }
        seriesCount -= removed.variants.count
        for chunks in removed.variants.values { byteCount -= Self.byteCount(of: chunks) }
    }

    /// Whether there are more bytes than are kept.
    var isOverLimit: Bool { byteCount > resolution.byteLimit }

    /// Removes what is older than the retention, and the oldest chunks of all pipelines if there are too many bytes.
    mutating func expire(at now: Int64) {
        removeChunks(before: now - resolution.retention - resolution.span + 1)
        while isOverLimit, let oldest = oldestStart { removeChunks(before: oldest + 1) }
    }

    private var oldestStart: Int64? {
        pipelines.values.lazy.flatMap { $0.variants.values.lazy.flatMap { $0.lazy.map(\.start) } }.min()
    }

    private mutating func removeChunks(before start: Int64) {
        for name in Array(pipelines.keys) {
            guard var pipeline = pipelines[name],
                pipeline.variants.values.contains(where: { $0.contains { $0.start < start } })
            else { continue }
            for (variant, chunks) in pipeline.variants {
                let kept = chunks.filter { $0.start >= start }
                byteCount -= Self.byteCount(of: chunks) - Self.byteCount(of: kept)
                pipeline.variants[variant] = kept.isEmpty ? nil : kept
                if kept.isEmpty { seriesCount -= 1 }
            }
            pipelines[name] = pipeline.variants.isEmpty ? nil : pipeline
        }
    }

    private static func byteCount(of chunks: [Chunk]) -> Int {
        chunks.reduce(0) { $0 + $1.bytes.count + Chunk.cost }
    }
}

extension PointStore.Chunk {
    /// Passes on the points with the times at which they begin.
    func forEach(step: Int64, _ use: (Int64, TrafficCounts) -> Void) {
        var reader = NumberReader(bytes)
        while !reader.isAtEnd {
            guard let place = reader.number(), place < 1 << 20, reader.number() != nil,
                let counts = TrafficCounts(&reader)
            else { return }
            use(start + Int64(place) * step, counts)
        }
    }
}

extension Int64 {
    /// Returns the largest multiple of `unit` that is not greater.
    func rounded(to unit: Int64) -> Int64 {
        let rest = self % unit
        return rest < 0 ? self - rest - unit : self - rest
    }
}
