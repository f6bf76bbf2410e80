import Catalog
import Definitions
import Foundation
import Jobs
import Logging
import Platform
import TestSupport
import Testing

/// The `roost` binary, which jobs run under.
let roost: String = {
    let given = ProcessInfo.processInfo.environment["ROOST_BINARY"]
    let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    return given ?? repository.appending(path: ".build/debug/roost").path
}()

/// Waits for something to become true, for a bounded time.
func until(_ what: String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<3000 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("Not within 30 s: \(what)")
}
