package import Catalog
package import Definitions
import Foundation

/// The record of an unfinished job. All changes to the job go through it, so that none is lost.
package actor JobRecord<Value: Job> {
    package private(set) var job: Value
    private let catalog: Catalog
    private var lastSave: Task<Void, any Error>?

    package init(_ job: Value, catalog: Catalog) {
        self.job = job
        self.catalog = catalog
    }

    /// Changes the job and saves it. A job that has ended is not changed.
    package func change(_ body: @Sendable (inout Value) -> Void) async throws {
        guard !job.state.status.isFinal else { return }
        body(&job)
        job.state.modifiedAt = Date()
        // Changes are saved in order, in a separate task, so that canceling the caller does not lose the change.
        let save = Task { [catalog, job, lastSave] in
            _ = try? await lastSave?.value
            try await catalog.saveJob(job)
        }
        lastSave = save
        try await save.value
    }

    /// Begins the next phase.
    package func enter(_ phase: String, _ message: String) async throws {
        try await change { $0.state.enter(phase, message, at: Date()) }
    }
}
