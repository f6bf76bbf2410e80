extension Catalog {
    static let lineageAndGates = """
        -- NULL if nothing is known.
        ALTER TABLE model_version ADD COLUMN lineage TEXT;
        -- The SHA-256 of the model that the job has made.
        ALTER TABLE job ADD COLUMN artifact TEXT;
        CREATE INDEX job_by_artifact ON job (artifact, sequence) WHERE artifact IS NOT NULL;
        -- The version that answers, or answered last.
        ALTER TABLE deployment ADD COLUMN answered_version_id TEXT;
        UPDATE deployment SET answered_version_id = CASE deployed WHEN 1 THEN announced_version_id ELSE version_id END;
        CREATE TABLE gate (
            -- The name of the pipeline.
            pipeline TEXT PRIMARY KEY,
            document TEXT NOT NULL
        ) WITHOUT ROWID;
        """
}
