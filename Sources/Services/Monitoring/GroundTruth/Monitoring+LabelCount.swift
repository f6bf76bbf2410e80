package import Foundation
import WorkThreads

extension Monitoring {
    /// Returns how many labels of a pipeline came at a time or later. A label of several rows counts once.
    package func labelCount(of pipeline: String, since start: Date) async throws -> Int {
        let start = milliseconds(start)
        return try await offload { [labels] in
            var count = 0
            labels.forEach(of: pipeline) { if $0.time >= start { count += 1 } }
            return count
        }
    }
}
