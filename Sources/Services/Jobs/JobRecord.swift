package import Catalog
package import Definitions
import Foundation

/// The record of a job that is not over. It alone changes the job, so that no change is lost.
package actor JobRecord<Value: Job> {
    package private(set) var job: Value
    private let catalog: Catalog
    private var lastSave: Task<Void, any Error>?

    package init(_ job: Value, catalog: Catalog) {
        self.job = job
        self.catalog = catalog
    }

    /// Changes the job, and keeps what it has become. A job that is over stays as it is.
    package func change(_ body: @Sendable (inout Value) -> Void) async throws {
        guard !job.state.status.isFinal else { return }
        body(&job)
        job.state.modifiedAt = Date()
        // Saved in the order of the changes, and by a task of its own: one whose caller is cancelled is saved all the same.
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
