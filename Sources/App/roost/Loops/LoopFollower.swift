import ArgumentParser
import Definitions
import Foundation
import RoostClient
import Words

/// Shows a run of a loop until it ends.
struct LoopFollower {
    private let options: ClientOptions

    init(_ options: ClientOptions) { self.options = options }

    /// - Throws: ``ExitCode/failure`` unless the run finishes.
    func follow(_ text: String) async throws {
        let client = try options.client
        var run = try await client.loopRun(text)
        var shown = 0
        while true {
            if !options.json {
                for step in run.steps.dropFirst(shown) where step.endedAt != nil {
                    print("\(step.kind.rawValue): \(Status(step.state).text). \(step.finding ?? "")")
                    shown += 1
                }
            }
            guard run.state.isOpen else { break }
            try await Task.sleep(for: .milliseconds(500))
            run = try await client.loopRun(run.id)
        }
        if options.json {
            try Output.json(run)
        } else {
            print("\(Status(run.state).text). Run \(Output.short(run.id)) of loop \(run.loop).")
        }
        guard run.state == .finished else { throw ExitCode.failure }
    }
}
