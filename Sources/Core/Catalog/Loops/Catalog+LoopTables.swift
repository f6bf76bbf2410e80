extension Catalog {
    /// The tables of loops.
    static let loops = """
        CREATE TABLE loop (name TEXT PRIMARY KEY, pipeline TEXT NOT NULL, document TEXT NOT NULL) WITHOUT ROWID;
        CREATE INDEX loop_by_pipeline ON loop (pipeline);
        CREATE TABLE loop_run (
            sequence INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            loop TEXT NOT NULL,
            is_open INTEGER NOT NULL,
            started_at INTEGER NOT NULL,
            document TEXT NOT NULL
        );
        CREATE INDEX loop_run_by_loop ON loop_run (loop, sequence);
        CREATE INDEX loop_run_that_runs ON loop_run (sequence) WHERE is_open;
        """
}
