import Catalog

/// Records the steps of all roll-outs. Those that come while others are written are written together.
actor RolloutRecorder {
    private let catalog: Catalog
    private var waiting: [RolloutStep] = []
    /// Writes what waits.
    private var next: Task<Void, any Error>?
    private var running: Task<Void, any Error>?

    init(catalog: Catalog) { self.catalog = catalog }

    /// Returns once the step is recorded.
    func record(_ step: RolloutStep) async throws {
        waiting.append(step)
        if let next { return try await next.value }
        let before = running
        let task = Task {
            _ = await before?.result
            try await write()
        }
        next = task
        running = task
        try await task.value
    }

    private func write() async throws {
        let steps = waiting
        waiting = []
        next = nil
        try await catalog.add(steps)
    }
}
