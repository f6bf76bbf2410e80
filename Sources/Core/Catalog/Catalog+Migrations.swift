import Database
import Definitions
import Foundation

extension Catalog {
    /// In the order in which they came. A database remembers them by their names.
    static let migrations = [
        Migration("1: workspaces, models, pipelines") { connection in
            try connection.execute(workspacesModelsPipelines)
            try connection.execute(
                "INSERT INTO workspace (name, created_at) VALUES (?, ?)",
                [Workspace.defaultName, Date().microseconds]
            )
        },
        Migration("2: buckets, jobs, records of dialects", bucketsJobsRecords),
        Migration(
            "3: the code that serves a model",
            """
            ALTER TABLE model_version ADD COLUMN algorithm_version TEXT;
            ALTER TABLE model_version ADD COLUMN code_sha256 TEXT;
            """
        ),
        Migration("4: the image of a model's container", "ALTER TABLE model_version ADD COLUMN image TEXT"),
        Migration(
            "5: how a model version was read",
            """
            ALTER TABLE model_version ADD COLUMN boosting TEXT;
            ALTER TABLE model_version ADD COLUMN reading INTEGER NOT NULL DEFAULT 0;
            """
        ),
        Migration(
            "6: endpoints",
            """
            CREATE TABLE endpoint (
                name TEXT PRIMARY KEY,
                document TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                modified_at INTEGER NOT NULL
            ) WITHOUT ROWID
            """
        ),
        Migration(
            "7: reports",
            """
            CREATE TABLE report (
                id TEXT PRIMARY KEY,
                pipeline TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                document TEXT NOT NULL,
                -- What the report was computed from.
                inputs TEXT NOT NULL
            ) WITHOUT ROWID;
            CREATE INDEX report_by_pipeline ON report (pipeline, created_at);
            """
        ),
        Migration(
            "8: settings of buckets",
            """
            CREATE TABLE bucket_setting (
                bucket TEXT NOT NULL REFERENCES bucket (name),
                name TEXT NOT NULL,
                document TEXT NOT NULL,
                PRIMARY KEY (bucket, name)
            ) WITHOUT ROWID
            """
        ),
        Migration(
            "9: functions",
            """
            CREATE TABLE function (name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE function_layer (name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
            -- Events that were accepted, until they are handled.
            CREATE TABLE function_event (
                id TEXT PRIMARY KEY,
                function TEXT NOT NULL,
                state TEXT NOT NULL,
                accepted_at INTEGER NOT NULL,
                document TEXT NOT NULL,
                payload TEXT NOT NULL
            );
            CREATE INDEX function_event_by_function ON function_event (function, accepted_at, id);
            """
        ),
        Migration(
            "10: the version that was deployed before",
            "ALTER TABLE deployment ADD COLUMN previous_version_id TEXT REFERENCES pipeline_version (id)"
        ),
        Migration(
            "11: deletions, and tags of pipeline versions",
            """
            -- The logs of what was deleted, until they are removed.
            CREATE TABLE removal (name TEXT PRIMARY KEY) WITHOUT ROWID;
            CREATE TABLE pipeline_version_tag (
                version_id TEXT NOT NULL REFERENCES pipeline_version (id),
                tag TEXT NOT NULL,
                PRIMARY KEY (version_id, tag)
            ) WITHOUT ROWID;
            CREATE INDEX model_version_by_digest ON model_version (sha256);
            """
        ),
        Migration(
            "12: events and webhooks",
            """
            -- AUTOINCREMENT, so that no sequence is used again.
            CREATE TABLE event (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                time INTEGER NOT NULL,
                kind TEXT NOT NULL,
                subject_kind TEXT NOT NULL,
                subject TEXT NOT NULL,
                -- The pipeline that the event is about; NULL if it is about none.
                pipeline TEXT,
                document TEXT NOT NULL
            );
            CREATE INDEX event_by_pipeline ON event (pipeline, sequence);
            CREATE TABLE webhook (
                name TEXT PRIMARY KEY,
                created_at INTEGER NOT NULL,
                -- The definition, with the secret.
                document TEXT NOT NULL,
                -- How far the deliveries have come.
                progress TEXT NOT NULL
            ) WITHOUT ROWID;
            -- The version whose deployment is among the events; NULL if none is deployed.
            ALTER TABLE deployment ADD COLUMN announced_version_id TEXT;
            UPDATE deployment SET announced_version_id = version_id WHERE deployed = 1;
            """
        ),
        Migration(
            "13: releases",
            """
            CREATE TABLE release (
                sequence INTEGER PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                pipeline TEXT NOT NULL,
                is_open INTEGER NOT NULL,
                created_at INTEGER NOT NULL,
                document TEXT NOT NULL
            );
            CREATE INDEX release_by_pipeline ON release (pipeline, sequence);
            -- The units that the steps before the canary have counted.
            CREATE TABLE release_unit (
                release TEXT NOT NULL,
                unit INTEGER NOT NULL,
                PRIMARY KEY (release, unit)
            ) WITHOUT ROWID;
            -- How far the roll-outs of releases and endpoints have come.
            CREATE TABLE rollout (
                id TEXT PRIMARY KEY,
                stage INTEGER NOT NULL,
                watched_ms INTEGER NOT NULL,
                units INTEGER NOT NULL
            ) WITHOUT ROWID;
            -- What was counted about every second, from which the evidence is computed.
            CREATE TABLE rollout_count (
                rollout TEXT NOT NULL,
                time INTEGER NOT NULL,
                stage INTEGER NOT NULL,
                weight REAL NOT NULL,
                old_units INTEGER NOT NULL,
                old_failed INTEGER NOT NULL,
                old_check_failed INTEGER NOT NULL,
                old_slow INTEGER NOT NULL,
                new_units INTEGER NOT NULL,
                new_failed INTEGER NOT NULL,
                new_check_failed INTEGER NOT NULL,
                new_slow INTEGER NOT NULL
            );
            CREATE INDEX rollout_count_by_rollout ON rollout_count (rollout);
            """
        ),
        Migration(
            "14: assays",
            """
            CREATE TABLE assay (
                name TEXT PRIMARY KEY,
                pipeline TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                -- Results of windows that ended before were made by another definition.
                defined_at INTEGER NOT NULL,
                document TEXT NOT NULL,
                -- What windows are compared with: counts in bins, and a sample of the numbers.
                baseline TEXT NOT NULL,
                sample BLOB NOT NULL,
                -- The end of the last window that was looked at.
                cursor INTEGER NOT NULL,
                level TEXT NOT NULL
            );
            CREATE INDEX assay_by_pipeline ON assay (pipeline);
            CREATE TABLE assay_result (
                assay TEXT NOT NULL,
                window_end INTEGER NOT NULL,
                status TEXT NOT NULL,
                document TEXT NOT NULL,
                PRIMARY KEY (assay, window_end)
            ) WITHOUT ROWID;
            """
        ),
        Migration("15: the counts of a roll-out in blocks", moveRolloutCounts),
        Migration("16: analyses and monitoring schedules", analysesSchedules),
        Migration("17: suites and their runs", suites),
        Migration("18: lineage and gates", lineageAndGates),
        Migration("19: loops", loops),
        Migration(
            "20: the evidence of releases over time",
            """
            CREATE TABLE release_course (
                release TEXT PRIMARY KEY,
                document TEXT NOT NULL
            ) WITHOUT ROWID
            """
        ),
        Migration("21: summaries of reports", addReportSummaries),
        Migration(
            "22: indexes for lists",
            """
            CREATE INDEX event_by_subject ON event (subject_kind, subject, sequence);
            CREATE INDEX assay_by_level ON assay (level, pipeline, name);
            CREATE INDEX job_by_time ON job (kind, created_at, sequence);
            CREATE INDEX job_by_status ON job (kind, status, created_at, sequence);
            """
        ),
        Migration("23: lists of suites", suiteLists),
    ]

    private static let workspacesModelsPipelines = """
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

    private static let analysesSchedules = """
        CREATE TABLE analysis (
            sequence INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            -- The schedule of which it is a run; NULL if it is none.
            schedule TEXT,
            is_final INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            modified_at INTEGER NOT NULL,
            document TEXT NOT NULL,
            request TEXT
        );
        CREATE INDEX analysis_by_schedule ON analysis (schedule, sequence) WHERE schedule IS NOT NULL;
        CREATE INDEX analysis_that_runs ON analysis (sequence) WHERE NOT is_final;
        CREATE TABLE monitoring_schedule (name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE monitoring_metric (
            series_group TEXT NOT NULL,
            schedule TEXT NOT NULL,
            endpoint TEXT NOT NULL,
            name TEXT NOT NULL,
            time INTEGER NOT NULL,
            count REAL NOT NULL,
            sum REAL NOT NULL,
            minimum REAL NOT NULL,
            maximum REAL NOT NULL
        );
        CREATE INDEX monitoring_metric_by_series ON monitoring_metric (series_group, schedule, endpoint, name, time);
        CREATE INDEX monitoring_metric_by_time ON monitoring_metric (time);
        """

    private static let bucketsJobsRecords = """
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
