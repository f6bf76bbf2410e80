import Catalog
import Definitions
import Foundation

/// The access keys in a data folder, for the operator's command. Only those who can read the folder can create keys.
package struct AccessKeyStore: Sendable {
    private let keys: AccessKeys
    private let database: String

    package init(dataFolder: String) throws {
        database = dataFolder + "/roost.sqlite"
        guard FileManager.default.fileExists(atPath: database) else {
            throw RoostError(
                .notFound,
                "'\(dataFolder)' is not a server's data folder. Start a server first, or name its folder with --data."
            )
        }
        keys = AccessKeys(catalog: try Catalog(path: database))
    }

    package func make() async throws -> AccessKey {
        // From now on, the database and SQLite's files beside it have secrets.
        for path in [database, database + "-wal", database + "-shm"] { _ = chmod(path, 0o600) }
        return try await keys.make()
    }

    package func all() async throws -> [AccessKey] { try await keys.all() }

    package func revoke(_ id: String) async throws {
        guard try await keys.revoke(id) else {
            throw RoostError(.notFound, "There is no access key '\(id.prefix(60))'.", field: "id")
        }
    }
}
