import Database
import Definitions
import TestSupport
import Testing

@testable import Catalog

@Suite("Roll-outs in the catalog")
struct RolloutTests {
    private func add(_ counts: some Sequence<RolloutCounts>, to catalog: Catalog, _ id: String = "r") async throws {
        var latest = try await catalog.rollout(id).latest
        for (index, entry) in counts.enumerated() {
            latest.append(entry)
            let position = RolloutPosition(stage: 1, watched: .milliseconds(index), units: index)
            try await catalog.add([RolloutStep(rollout: id, position: position, counts: latest)])
            if latest.isFull { latest = RolloutBlock() }
        }
    }

    @Test("what was counted is read in its order, also by a server that goes on with it")
    func counts() async throws {
        let counts = RolloutBlockTests.counts(500, seed: 1)
        try await withCatalog { catalog, path in
            #expect(try await catalog.rollout("r").position == RolloutPosition())
            try await add(counts[..<203], to: catalog)
            let next = try Catalog(path: path)
            try await add(counts[203...], to: next)
            try await add(counts[..<20], to: next, "other")
            let stored = try await next.rollout("r")
            #expect(Array(stored.counts) == counts)
            #expect(stored.position == RolloutPosition(stage: 1, watched: .milliseconds(296), units: 296))
            #expect(Array(try await next.rollout("other").counts) == Array(counts[..<20]))

            // What is written every second stays small.
            try await next.database.read { connection in
                let blocks = "SELECT COUNT(*) AS count, MAX(LENGTH(counts)) AS largest FROM rollout_block"
                let size = try #require(try connection.row(blocks))
                #expect(size["count"] > 5 && size["largest"] < 400)
            }

            try await next.removeRollout("r")
            #expect(Array(try await next.rollout("r").counts).isEmpty)
            #expect(try await next.database.read { try $0.strings("SELECT rollout FROM rollout_block") }.isEmpty)
            #expect(Array(try await next.rollout("other").counts) == Array(counts[..<20]))
        }
    }

    @Test("steps are recorded all or none")
    func transaction() async throws {
        let counts = RolloutBlockTests.counts(300, seed: 2)
        try await withCatalog { catalog, _ in
            try await add(counts, to: catalog, "good")
            let stored = try await catalog.rollout("good")
            try await catalog.database.write {
                try $0.execute(
                    """
                    CREATE TRIGGER full BEFORE INSERT ON rollout WHEN NEW.id = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END
                    """
                )
            }
            var full = stored.latest
            while !full.isFull { full.append(counts[0]) }
            let steps = ["good", "bad"].map { RolloutStep(rollout: $0, position: RolloutPosition(), counts: full) }
            await #expect(throws: (any Error).self) { try await catalog.add(steps) }
            #expect(try await catalog.rollout("good").position == stored.position)
            #expect(Array(try await catalog.rollout("good").counts) == counts)
        }
    }

    @Test("damaged counts are an error of their roll-out alone")
    func damaged() async throws {
        try await withCatalog { catalog, _ in
            let counts = RolloutBlockTests.counts(10, seed: 3)
            try await add(counts, to: catalog, "bad")
            try await add(counts, to: catalog, "good")
            try await catalog.database.write {
                try $0.execute("UPDATE rollout SET counts = ? WHERE id = ?", [[9, 9, 9] as [UInt8], "bad"])
            }
            await #expect(throws: DecodingError.self) { _ = try await catalog.rollout("bad") }
            #expect(Array(try await catalog.rollout("good").counts) == counts)
        }
    }

    @Test("a roll-out that was recorded as a row a second goes on with the same counts", arguments: [0, 1, 2500])
    func migrated(count: Int) async throws {
        let counts = RolloutBlockTests.counts(count, seed: 4)
        try await withTemporaryFolder { folder in
            let path = folder + "/roost.sqlite"
            do {
                let old = try Database(path: path, migrations: Array(Catalog.migrations.prefix(13)))
                try await old.write { connection in
                    for id in ["one", "two"] {
                        try connection.execute("INSERT INTO rollout VALUES (?, 1, 1500, 20)", [id])
                    }
                    for (index, entry) in counts.enumerated() {
                        for id in index % 3 == 0 ? ["one", "two"] : ["one"] {
                            let (old, new) = (entry.old, entry.new)
                            try connection.executeOften(
                                "INSERT INTO rollout_count VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                [
                                    id, index, entry.weight, old.units, old.failed, old.checkFailed, old.slow,
                                    new.units, new.failed, new.checkFailed, new.slow,
                                ]
                            )
                        }
                    }
                }
            }
            let catalog = try Catalog(path: path)
            let one = try await catalog.rollout("one")
            #expect(one.position == RolloutPosition(stage: 1, watched: .milliseconds(1500), units: 20))
            #expect(Array(one.counts) == counts)
            let every3rd = counts.enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
            #expect(Array(try await catalog.rollout("two").counts) == every3rd)
            try await add(counts.prefix(100), to: catalog, "two")
            #expect(Array(try await catalog.rollout("two").counts) == every3rd + counts.prefix(100))
        }
    }
}
