import Definitions
package import Foundation
import InferenceLog
import Platform

extension Monitoring {
    /// Returns the logged hashes of the units that a version's experiment has assigned.
    package func units(of name: String, experimentOf version: String) async throws -> Set<UInt64> {
        let version = try await platform.pipelineVersion(version, of: name)
        guard let experiment = version.experiment else { return [] }
        return try await compute { [self] in
            var units: Set<UInt64> = []
            for batch in log.batches(of: name, LogWindow(start: milliseconds(experiment.startedAt), end: nil)) {
                let isPart = batch.subjects.map { $0.experiment == experiment.id }
                for entry in batch.entryRanges.joined() where isPart[Int(batch.subjectCodes[entry])] {
                    if let unit = batch.unit(at: entry) { units.insert(unit) }
                }
            }
            return units
        }
    }

    /// Returns how many requests a pipeline has answered since a moment, as far as the log holds them.
    package func requestCount(of name: String, since start: Date) async throws -> Int {
        try await compute { [self] in
            log.batches(of: name, LogWindow(start: milliseconds(start), end: nil)).reduce(0) { count, batch in
                let isChampion = batch.subjects.map { $0.role == "champion" }
                return count + batch.entryRanges.joined().count { isChampion[Int(batch.subjectCodes[$0])] }
            }
        }
    }
}
