import Database
package import Definitions

/// What a roll-out has come to.
package struct RolloutStep: Sendable {
    package let rollout: String
    package let position: RolloutPosition
    /// What was counted since the last full block was recorded.
    package let counts: RolloutBlock

    package init(rollout: String, position: RolloutPosition, counts: RolloutBlock) {
        self.rollout = rollout
        self.position = position
        self.counts = counts
    }
}

/// A roll-out as it was last recorded.
package struct StoredRollout: Sendable {
    package private(set) var position = RolloutPosition()
    /// The full blocks.
    private var blocks: [RolloutBlock] = []
    /// What was counted since the last full block was recorded.
    package private(set) var latest = RolloutBlock()

    /// What was counted, in order.
    package var counts: some Sequence<RolloutCounts> { (blocks + [latest]).joined() }
}

extension StoredRollout {
    fileprivate init(_ row: Row?, blocks rows: [Row]) throws {
        blocks = try rows.map(Self.block)
        guard let row else { return }
        position = RolloutPosition(
            stage: row["stage"],
            watched: .milliseconds(row["watched_ms"] as Int64),
            units: row["units"]
        )
        latest = try Self.block(row)
    }

    private static func block(_ row: Row) throws -> RolloutBlock {
        guard let block = RolloutBlock(row["counts"]) else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "The counts are damaged."))
        }
        return block
    }
}

extension Catalog {
    /// Records steps of roll-outs, all or none. Counts that are full become a block of their own.
    package func add(_ steps: [RolloutStep]) async throws {
        try await database.write { connection in
            for step in steps { try Self.add(step, connection) }
        }
    }

    private static func add(_ step: RolloutStep, _ connection: Connection) throws {
        if step.counts.isFull { try addBlock(step.counts, of: step.rollout, connection) }
        try connection.executeOften(
            """
            INSERT INTO rollout (id, stage, watched_ms, units, counts) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
                stage = excluded.stage, watched_ms = excluded.watched_ms, units = excluded.units, counts = excluded.counts
            """,
            [
                step.rollout, step.position.stage, step.position.watched.milliseconds, step.position.units,
                step.counts.isFull ? [] : step.counts.bytes,
            ]
        )
    }

    private static func addBlock(_ block: RolloutBlock, of id: String, _ connection: Connection) throws {
        try connection.executeOften(
            """
            INSERT INTO rollout_block (rollout, number, counts)
            SELECT ?, COALESCE(MAX(number), 0) + 1, ? FROM rollout_block WHERE rollout = ?
            """,
            [id, block.bytes, id]
        )
    }

    /// Returns how far a roll-out has come. It has not begun if nothing was recorded.
    package func rollout(_ id: String) async throws -> StoredRollout {
        try await database.read { connection in
            try StoredRollout(
                connection.row("SELECT * FROM rollout WHERE id = ?", [id]),
                blocks: connection.rows("SELECT counts FROM rollout_block WHERE rollout = ? ORDER BY number", [id])
            )
        }
    }

    /// Forgets a roll-out that has ended.
    package func removeRollout(_ id: String) async throws {
        try await database.write { try Self.removeRollout(id, $0) }
    }

    static func removeRollout(_ id: String, _ connection: Connection) throws {
        try connection.execute("DELETE FROM rollout WHERE id = ?", [id])
        try connection.execute("DELETE FROM rollout_block WHERE rollout = ?", [id])
    }
}

// MARK: Migration

extension Catalog {
    /// Makes blocks of counts that were stored as a row each.
    static func moveRolloutCounts(_ connection: Connection) throws {
        try connection.execute(
            """
            ALTER TABLE rollout ADD COLUMN counts BLOB NOT NULL DEFAULT x'';
            CREATE TABLE rollout_block (
                rollout TEXT NOT NULL,
                number INTEGER NOT NULL,
                counts BLOB NOT NULL,
                PRIMARY KEY (rollout, number)
            ) WITHOUT ROWID;
            """
        )
        for id in try connection.strings("SELECT id FROM rollout") {
            var block = RolloutBlock()
            var last: Int64 = 0
            // A roll-out of weeks has more rows than memory should hold.
            while case let rows = try connection.rows(
                "SELECT rowid, * FROM rollout_count WHERE rollout = ? AND rowid > ? ORDER BY rowid LIMIT 1000",
                [id, last]
            ), let end = rows.last {
                for row in rows {
                    block.append(RolloutCounts(row))
                    guard block.isFull else { continue }
                    try addBlock(block, of: id, connection)
                    block = RolloutBlock()
                }
                last = end["rowid"]
            }
            try connection.execute("UPDATE rollout SET counts = ? WHERE id = ?", [block.bytes, id])
        }
        try connection.execute("DROP TABLE rollout_count")
    }
}

extension RolloutCounts {
    fileprivate init(_ row: Row) {
        self.init(
            weight: row["weight"],
            old: Tally(
                units: row["old_units"],
                failed: row["old_failed"],
                checkFailed: row["old_check_failed"],
                slow: row["old_slow"]
            ),
            new: Tally(
                units: row["new_units"],
                failed: row["new_failed"],
                checkFailed: row["new_check_failed"],
                slow: row["new_slow"]
            )
        )
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        // A stage is watched for less than 300 million years.
        components.seconds &* 1000 &+ components.attoseconds / 1_000_000_000_000_000
    }
}
