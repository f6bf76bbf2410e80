package import Definitions
import Synchronization

/// The pipelines that a release is changing, which nobody else may define, deploy or undeploy meanwhile.
package final class ReleasedPipelines: Sendable {
    private let releases = Mutex<[String: String]>([:])

    /// - Parameter release: `nil` once the release has ended.
    package func set(_ release: String?, of pipeline: String) { releases.withLock { $0[pipeline] = release } }

    package subscript(pipeline: String) -> String? { releases.withLock { $0[pipeline] } }

    /// - Parameter release: The release that is about to change the pipeline; `nil` for anyone else.
    /// - Throws: ``RoostError`` with code `conflict` if another one is in progress.
    func check(_ pipeline: String, for release: String?) throws(RoostError) {
        guard let known = self[pipeline], known != release else { return }
        throw RoostError(
            .conflict,
            "Pipeline '\(pipeline)' is being released (release \(known.prefix(8))). Abort the release first.",
            field: "pipeline"
        )
    }
}
