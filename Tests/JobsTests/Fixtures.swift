import Testing

/// Waits for something to become true, for a bounded time.
func until(_ what: String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<3000 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("Not within 30 s: \(what)")
}
