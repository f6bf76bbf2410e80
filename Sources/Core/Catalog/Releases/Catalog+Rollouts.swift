import Database
package import Definitions
package import Foundation

/// What a roll-out has come to since it was last recorded.
package struct RolloutStep: Sendable {
    package let rollout: String
    package let time: Date
    package let position: RolloutPosition
    package let counts: [RolloutCounts]

    package init(rollout: String, time: Date, position: RolloutPosition, counts: [RolloutCounts]) {
        self.rollout = rollout
        self.time = time
        self.position = position
        self.counts = counts
    }
}

extension Catalog {
    /// Records steps of roll-outs, all or none.
    package func add(_ steps: [RolloutStep]) async throws {
        try await database.write { connection in
            for step in steps {
                try connection.executeOften(
                    """
                    INSERT INTO rollout (id, stage, watched_ms, units) VALUES (?, ?, ?, ?)
                    ON CONFLICT (id) DO UPDATE SET
                        stage = excluded.stage, watched_ms = excluded.watched_ms, units = excluded.units
                    """,
                    [step.rollout, step.position.stage, step.position.watched.milliseconds, step.position.units]
                )
                for counts in step.counts {
                    let (old, new) = (counts.old, counts.new)
                    try connection.executeOften(
                        "INSERT INTO rollout_count VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        [
                            step.rollout, step.time.microseconds, step.position.stage, counts.weight,
                            old.units, old.failed, old.checkFailed, old.slow,
                            new.units, new.failed, new.checkFailed, new.slow,
                        ]
                    )
                }
            }
        }
    }

    /// Returns how far a roll-out has come, and what was counted, in order. It has not begun if nothing was recorded.
    package func rollout(_ id: String) async throws -> (position: RolloutPosition, counts: [RolloutCounts]) {
        try await database.read { connection in
            let position = try connection.row("SELECT * FROM rollout WHERE id = ?", [id]).map { row in
                RolloutPosition(
                    stage: row["stage"],
                    watched: .milliseconds(row["watched_ms"] as Int64),
                    units: row["units"]
                )
            }
            let counts = try connection.rows("SELECT * FROM rollout_count WHERE rollout = ? ORDER BY rowid", [id])
                .map { row in
                    RolloutCounts(
                        weight: row["weight"],
                        old: RolloutCounts.Tally(
                            units: row["old_units"],
                            failed: row["old_failed"],
                            checkFailed: row["old_check_failed"],
                            slow: row["old_slow"]
                        ),
                        new: RolloutCounts.Tally(
                            units: row["new_units"],
                            failed: row["new_failed"],
                            checkFailed: row["new_check_failed"],
                            slow: row["new_slow"]
                        )
                    )
                }
            return (position ?? RolloutPosition(), counts)
        }
    }

    /// Forgets a roll-out that has ended.
    package func removeRollout(_ id: String) async throws {
        try await database.write { try Self.removeRollout(id, $0) }
    }

    static func removeRollout(_ id: String, _ connection: Connection) throws {
        try connection.execute("DELETE FROM rollout WHERE id = ?", [id])
        try connection.execute("DELETE FROM rollout_count WHERE rollout = ?", [id])
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        // A stage is watched for less than 300 million years.
        components.seconds &* 1000 &+ components.attoseconds / 1_000_000_000_000_000
    }
}
