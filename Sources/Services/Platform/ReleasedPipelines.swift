package import Definitions
import Synchronization

/// The pipelines that a release is changing, which nobody else may define, deploy or undeploy meanwhile.
package final class ReleasedPipelines: Sendable {
    private let releases = Mutex<[String: String]>([:])

    /// - Throws: ``RoostError`` with code `conflict` if another release is in progress.
    package func claim(_ pipeline: String, for release: String) throws(RoostError) {
        try releases.withLock { releases throws(RoostError) in
            if let known = releases[pipeline] { throw Self.conflict(pipeline, known) }
            releases[pipeline] = release
        }
    }

    /// - Parameter release: `nil` once the release has ended.
    package func set(_ release: String?, of pipeline: String) { releases.withLock { $0[pipeline] = release } }

    package subscript(pipeline: String) -> String? { releases.withLock { $0[pipeline] } }

    /// - Parameter release: The release that is about to change the pipeline; `nil` for anyone else.
    /// - Throws: ``RoostError`` with code `conflict` if another one is in progress.
    func check(_ pipeline: String, for release: String?) throws(RoostError) {
        if let known = self[pipeline], known != release { throw Self.conflict(pipeline, known) }
    }

    private static func conflict(_ pipeline: String, _ known: String) -> RoostError {
        RoostError(
            .conflict,
            "Pipeline '\(pipeline)' is being released (release \(known.prefix(8))). Abort the release first.",
            field: "pipeline"
        )
    }
}
