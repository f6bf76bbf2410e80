import Database
import Definitions
import Foundation

extension Catalog {
    /// Returns where a version comes from that is about to be added; `nil` if nothing is known.
    ///
    /// An artifact belongs to the job that recorded its digest: to the one that the upload names, or else to the newest.
    static func lineage(
        of version: ModelVersion,
        _ origin: UploadOrigin,
        workspace: Int,
        _ connection: Connection
    ) throws -> Lineage? {
        var lineage = Lineage(parent: origin.parent, by: origin.by)
        if let job = try job(ofArtifact: version.sha256, named: origin.job, connection) {
            lineage.job = Lineage.Job(kind: .training, name: job.name, tuningJob: job.tuningJob)
            lineage.data = job.data ?? []
        }
        if lineage.parent == nil {
            let newest = try connection.row(
                """
                SELECT model_version.id AS id FROM model_version JOIN model ON model.id = model_version.model_id
                WHERE workspace_id = ? AND name = ? ORDER BY sequence DESC LIMIT 1
                """,
                [workspace, version.model]
            )
            lineage.parent = newest.map { ModelReference(name: version.model, version: $0["id"]) }
        }
        return lineage.isEmpty ? nil : lineage
    }

    private static func job(
        ofArtifact digest: String,
        named name: String?,
        _ connection: Connection
    ) throws -> TrainingJob? {
        if let name {
            let row = try connection.row(
                "SELECT document, artifact FROM job WHERE kind = ? AND name = ?",
                [JobKind.training.rawValue, name]
            )
            // A job from before digests were recorded has none. If it has another one, its object was replaced since.
            if let row, row["artifact"] as String? == digest || row["artifact"] as String? == nil {
                return try? decode(TrainingJob.self, row["document"])
            }
        }
        let document = try connection.row(
            "SELECT document FROM job WHERE artifact = ? ORDER BY sequence DESC LIMIT 1",
            [digest]
        )
        return document.flatMap { try? decode(TrainingJob.self, $0["document"]) }
    }

    /// Returns the newest run of each suite on some versions, by the version's ID. A version on which none has run is absent.
    ///
    /// - Parameter ids: A JSON array.
    static func suiteVerdicts(
        onVersions ids: String,
        _ connection: Connection
    ) throws -> [String: [SuiteVerdict]] {
        let rows = try connection.rows(
            """
            SELECT model_version, suite, revision, outcome, id, COALESCE(ended_at, 0) AS ended_at FROM suite_run
            WHERE sequence IN (
                SELECT MAX(sequence) FROM suite_run WHERE model_version IN (SELECT value FROM json_each(?))
                GROUP BY model_version, suite
            ) ORDER BY suite
            """,
            [ids]
        )
        var verdicts: [String: [SuiteVerdict]] = [:]
        for row in rows {
            guard let outcome = SuiteRun.Outcome(rawValue: row["outcome"]) else { continue }
            // 0 until it has ended.
            let endedAt: Int64 = row["ended_at"]
            verdicts[row["model_version"], default: []].append(
                SuiteVerdict(
                    suite: row["suite"],
                    revision: row["revision"],
                    outcome: outcome,
                    run: row["id"],
                    endedAt: endedAt > 0 ? Date(microseconds: endedAt) : nil
                )
            )
        }
        return verdicts
    }

    /// Returns by the IDs of some versions how many suites have each outcome in their newest run.
    ///
    /// - Parameter ids: A JSON array.
    static func suiteOutcomes(
        onVersions ids: String,
        _ connection: Connection
    ) throws -> [String: [String: Int]] {
        let rows = try connection.rows(
            """
            SELECT model_version, outcome, count(*) AS n FROM suite_run WHERE sequence IN (
                SELECT MAX(sequence) FROM suite_run WHERE model_version IN (SELECT value FROM json_each(?))
                GROUP BY model_version, suite
            ) GROUP BY model_version, outcome
            """,
            [ids]
        )
        var outcomes: [String: [String: Int]] = [:]
        for row in rows { outcomes[row["model_version"], default: [:]][row["outcome"]] = row["n"] as Int }
        return outcomes
    }
}
