import Foundation
import TestSupport
import Testing

@testable import Database

@Suite("The database")
struct DatabaseTests {
    private static let migrations = [
        Migration(
            "1: animals",
            "CREATE TABLE animal (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, legs INTEGER, food TEXT)"
        ),
        Migration("2: a hen") { try $0.execute("INSERT INTO animal (name, legs) VALUES (?, ?)", ["hen", 2]) },
    ]

    private func withDatabase(_ body: (_ database: Database, _ path: String) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/animals.sqlite"
            try await body(try Database(path: path, migrations: Self.migrations), path)
        }
    }

    @Test("values of each type are read as they were written")
    func values() async throws {
        try await withDatabase { database, _ in
            let food: String? = "plankton; DROP TABLE animal"
            try await database.write { connection in
                try connection.execute("INSERT INTO animal VALUES (?, ?, ?, ?)", [Int64.max, "whale", false, food])
                #expect(connection.changesCount == 1)
            }
            try await database.read { connection in
                let whale = try #require(try connection.row("SELECT * FROM animal WHERE name = ?", ["whale"]))
                #expect(whale["id"] == Int64.max && whale["legs"] == false && whale["food"] == food)
                let hen = try #require(try connection.row("SELECT * FROM animal WHERE name = ?", ["hen"]))
                #expect(hen["legs"] == 2 && hen["food"] == String?.none)
                #expect(try connection.strings("SELECT name FROM animal ORDER BY name") == ["hen", "whale"])
                #expect(try connection.rows("SELECT 1 FROM animal").count == 2)
                let (someHaveLegs, someHaveMore) = (
                    try connection.exists("SELECT 1 FROM animal WHERE legs > ?", [1]),
                    try connection.exists("SELECT 1 FROM animal WHERE legs > ?", [2])
                )
                #expect(someHaveLegs && !someHaveMore)
                #expect(try connection.row("SELECT 1 FROM animal WHERE name = ?", [String?.none]) == nil)
            }
        }
    }

    @Test("bytes are read as they were written", arguments: [[], [0], Array(0...255)] as [[UInt8]])
    func bytes(_ bytes: [UInt8]) async throws {
        try await withDatabase { database, _ in
            try await database.write { connection in
                try connection.execute("CREATE TABLE egg (content BLOB NOT NULL)")
                try connection.execute("INSERT INTO egg VALUES (?)", [bytes])
            }
            let read: [UInt8]? = try await database.read { try $0.row("SELECT * FROM egg")?["content"] }
            #expect(read == bytes)
        }
    }

    @Test("a write that throws changes nothing")
    func rollback() async throws {
        struct Refused: Error {}
        try await withDatabase { database, _ in
            await #expect(throws: Refused.self) {
                try await database.write { connection in
                    try connection.execute("DELETE FROM animal")
                    throw Refused()
                }
            }
            let isKept = try await database.read { try $0.exists("SELECT 1 FROM animal") }
            #expect(isKept)
        }
    }

    @Test("a read cannot write")
    func readOnly() async throws {
        try await withDatabase { database, _ in
            await #expect(throws: (any Error).self) { try await database.read { try $0.execute("DELETE FROM animal") } }
        }
    }

    @Test("a database that is opened again gets only the migrations that it does not have")
    func migrate() async throws {
        try await withDatabase { _, path in
            let added = Migration("3: a dog", "INSERT INTO animal (name, legs) VALUES ('dog', 4)")
            for _ in 0..<2 {
                let again = try Database(path: path, migrations: Self.migrations + [added])
                #expect(
                    try await again.read { try $0.strings("SELECT name FROM animal ORDER BY id") } == ["hen", "dog"]
                )
            }
        }
    }

    @Test("a database that a newer release has migrated is refused and left as it is")
    func newer() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/animals.sqlite"
            let newer = Migration("3: a dog", "INSERT INTO animal (name) VALUES ('dog')")
            do { _ = try Database(path: path, migrations: Self.migrations + [newer]) }
            let before = FileManager.default.contents(atPath: path)
            #expect(throws: UnknownMigration(name: "3: a dog")) {
                try Database(path: path, migrations: Self.migrations)
            }
            #expect(throws: UnknownMigration(name: "2: a hen")) {
                try Database(path: path, migrations: [Self.migrations[0], newer, Migration("4: a cat", "bad SQL")])
            }
            #expect(FileManager.default.contents(atPath: path) == before)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["animals.sqlite"])
        }
    }

    @Test("a file that is not a database is refused")
    func noDatabase() throws {
        try withTemporaryFolder { folder in
            try String(repeating: "x", count: 4096).write(toFile: folder + "/x", atomically: false, encoding: .utf8)
            #expect(throws: (any Error).self) { try Database(path: folder + "/x", migrations: Self.migrations) }
        }
    }
}
