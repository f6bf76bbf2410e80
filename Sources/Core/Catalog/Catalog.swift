import Definitions
import Foundation
import GRDB

/// The records of everything that users have defined, in SQLite. Changes survive a crash once a call has returned.
package struct Catalog: Sendable {
    let database: DatabasePool

    /// Opens the database at `path`, and creates or migrates it if necessary.
    package init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "catalog"
        configuration.prepareDatabase { database in
            // In WAL mode, only FULL preserves the last commits if the machine itself crashes.
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        database = try DatabasePool(path: path, configuration: configuration)
        try Self.migrations.migrate(database)
    }

    /// Returns whether a record could not be written because the disk is full. SQLite reports an exceeded quota or file size
    /// limit as a failed write.
    package static func isDiskFull(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return error.resultCode == .SQLITE_FULL
            || [.SQLITE_IOERR_WRITE, .SQLITE_IOERR_SHMSIZE].contains(error.extendedResultCode)
    }

    private static var migrations: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: workspaces, models, pipelines") { database in
            try database.execute(
                sql: """
                    CREATE TABLE workspace (
                        id INTEGER PRIMARY KEY,
                        name TEXT NOT NULL UNIQUE,
                        created_at INTEGER NOT NULL
                    );
                    CREATE TABLE model (
                        id INTEGER PRIMARY KEY,
                        workspace_id INTEGER NOT NULL REFERENCES workspace (id),
                        name TEXT NOT NULL,
                        created_at INTEGER NOT NULL,
                        UNIQUE (workspace_id, name)
                    );
                    CREATE TABLE model_version (
                        sequence INTEGER PRIMARY KEY,
                        id TEXT NOT NULL UNIQUE,
                        model_id INTEGER NOT NULL REFERENCES model (id),
                        framework TEXT NOT NULL,
                        sha256 TEXT NOT NULL,
                        byte_count INTEGER NOT NULL,
                        signature TEXT NOT NULL,
                        created_at INTEGER NOT NULL
                    );
                    CREATE INDEX model_version_by_model ON model_version (model_id, sequence);
                    CREATE TABLE model_version_tag (
                        version_id TEXT NOT NULL REFERENCES model_version (id),
                        tag TEXT NOT NULL,
                        PRIMARY KEY (version_id, tag)
                    ) WITHOUT ROWID;
                    CREATE TABLE pipeline (
                        id INTEGER PRIMARY KEY,
                        workspace_id INTEGER NOT NULL REFERENCES workspace (id),
                        name TEXT NOT NULL UNIQUE,
                        created_at INTEGER NOT NULL,
                        updated_at INTEGER NOT NULL
                    );
                    CREATE TABLE pipeline_version (
                        sequence INTEGER PRIMARY KEY,
                        id TEXT NOT NULL UNIQUE,
                        pipeline_id INTEGER NOT NULL REFERENCES pipeline (id),
                        definition TEXT NOT NULL,
                        created_at INTEGER NOT NULL
                    );
                    CREATE INDEX pipeline_version_by_pipeline ON pipeline_version (pipeline_id, sequence);
                    CREATE TABLE pipeline_tag (
                        pipeline_id INTEGER NOT NULL REFERENCES pipeline (id),
                        tag TEXT NOT NULL,
                        PRIMARY KEY (pipeline_id, tag)
                    ) WITHOUT ROWID;
                    -- The desired deployments; an undeployed pipeline keeps its row with deployed = 0.
                    CREATE TABLE deployment (
                        pipeline_id INTEGER PRIMARY KEY REFERENCES pipeline (id),
                        version_id TEXT NOT NULL REFERENCES pipeline_version (id),
                        deployed INTEGER NOT NULL,
                        updated_at INTEGER NOT NULL
                    );
                    """
            )
            try database.execute(
                sql: "INSERT INTO workspace (name, created_at) VALUES (?, ?)",
                arguments: [Workspace.defaultName, Date().microseconds]
            )
        }
        migrator.registerMigration("2: buckets, jobs, records of dialects") { database in
            try database.execute(sql: jobsAndBuckets)
        }
        migrator.registerMigration("3: the code that serves a model") { database in
            try database.execute(
                sql: """
                    ALTER TABLE model_version ADD COLUMN algorithm_version TEXT;
                    ALTER TABLE model_version ADD COLUMN code_sha256 TEXT;
                    """
            )
        }
        migrator.registerMigration("4: the image of a model's container") { database in
            try database.execute(sql: "ALTER TABLE model_version ADD COLUMN image TEXT")
        }
        migrator.registerMigration("5: how a model version was read") { database in
            try database.execute(
                sql: """
                    ALTER TABLE model_version ADD COLUMN boosting TEXT;
                    ALTER TABLE model_version ADD COLUMN reading INTEGER NOT NULL DEFAULT 0;
                    """
            )
        }
        migrator.registerMigration("6: endpoints") { database in
            try database.execute(
                sql: """
                    CREATE TABLE endpoint (
                        name TEXT PRIMARY KEY,
                        document TEXT NOT NULL,
                        created_at INTEGER NOT NULL,
                        modified_at INTEGER NOT NULL
                    ) WITHOUT ROWID
                    """
            )
        }
        return migrator
    }

    private static let jobsAndBuckets = """
        CREATE TABLE bucket (
            name TEXT PRIMARY KEY,
            region TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE object (
            bucket TEXT NOT NULL REFERENCES bucket (name),
            key TEXT NOT NULL,
            blob TEXT NOT NULL,
            byte_count INTEGER NOT NULL,
            etag TEXT NOT NULL,
            content_type TEXT,
            headers TEXT NOT NULL,
            modified_at INTEGER NOT NULL,
            PRIMARY KEY (bucket, key)
        ) WITHOUT ROWID;
        -- Multipart uploads that are not complete.
        CREATE TABLE upload (
            id TEXT PRIMARY KEY,
            bucket TEXT NOT NULL REFERENCES bucket (name),
            key TEXT NOT NULL,
            content_type TEXT,
            headers TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX upload_by_key ON upload (bucket, key, id);
        CREATE TABLE upload_part (
            upload TEXT NOT NULL REFERENCES upload (id),
            number INTEGER NOT NULL,
            blob TEXT NOT NULL,
            byte_count INTEGER NOT NULL,
            etag TEXT NOT NULL,
            checksum TEXT,
            modified_at INTEGER NOT NULL,
            PRIMARY KEY (upload, number)
        ) WITHOUT ROWID;
        CREATE TABLE job (
            sequence INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            status TEXT NOT NULL,
            parent TEXT,
            created_at INTEGER NOT NULL,
            modified_at INTEGER NOT NULL,
            document TEXT NOT NULL,
            request TEXT,
            UNIQUE (kind, name)
        );
        CREATE INDEX job_by_parent ON job (parent, sequence) WHERE parent IS NOT NULL;
        -- Records in an API dialect's own format.
        CREATE TABLE dialect_record (
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            document TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            modified_at INTEGER NOT NULL,
            PRIMARY KEY (kind, name)
        ) WITHOUT ROWID;
        -- What a model needs besides its artifact: the algorithm that serves it, and its environment.
        ALTER TABLE model_version ADD COLUMN algorithm TEXT;
        ALTER TABLE model_version ADD COLUMN environment TEXT;
        """
}
