import Database
import Definitions
import Foundation

/// Works out what a deletion removes, and what forbids it, within one transaction.
///
/// What answers is never deleted: a version that is deployed, the one that a rollback returns to, and all that belongs to an
/// endpoint, to a release that has not ended, or to a job that runs. What only refers to what is deleted goes too if the user says so, and forbids the
/// deletion otherwise.
struct DeletionPlan {
    struct Owner: Hashable {
        let row: Int
        let name: String
        let workspace: String
    }

    struct Version {
        let id: String
        let owner: Owner
    }

    let connection: Connection
    let takesReferrers: Bool
    /// The pipelines whose deployment is changing.
    let changing: Set<String>

    private(set) var workspace: (row: Int, name: String)?
    private(set) var models: [Owner] = []
    private(set) var modelVersions: [Version] = []
    private(set) var pipelines: [Owner] = []
    private(set) var pipelineVersions: [Version] = []
    private(set) var reports: [String] = []
    /// What is in use, so that nothing may be deleted.
    private(set) var users: [String] = []
    /// What refers to something that would be deleted.
    private(set) var referrers: [String] = []

    init(_ connection: Connection, takesReferrers: Bool, changing: Set<String>) {
        self.connection = connection
        self.takesReferrers = takesReferrers
        self.changing = changing
    }

    /// - Throws: ``RoostError`` with code `notFound`.
    mutating func add(_ target: DeletionTarget) throws {
        switch target {
        case .workspace(let name): try add(workspace: name)
        case .model(let name, let workspace): try add(model: model(name, workspace))
        case .modelVersion(let reference, let workspace):
            let id = try Catalog.modelVersionID(reference, workspace, connection)
            try add(modelVersions: [Version(id: id, owner: model(reference.name, workspace))])
        case .pipeline(let name): try add(pipeline: pipeline(name))
        case .pipelineVersion(let name, let version):
            try add(pipelineVersion: Version(id: version, owner: pipeline(name)))
        }
        try completeOwners()
        try addReports()
    }

    private mutating func add(workspace name: String) throws {
        let row = try Catalog.workspaceID(name, connection)
        workspace = (row, name)
        let models = try owners("model", "workspace_id = ?", row, in: name)
        let pipelines = try owners("pipeline", "workspace_id = ?", row, in: name)
        guard takesReferrers || models.isEmpty && pipelines.isEmpty else {
            referrers = models.map { "model '\($0.name)'" } + pipelines.map { "pipeline '\($0.name)'" }
            return
        }
        // Pipelines first, so that they do not count as users of the models.
        for pipeline in pipelines { try add(pipeline: pipeline) }
        for model in models { try add(model: model) }
    }

    // MARK: Models

    private mutating func add(model: Owner) throws {
        models.append(model)
        let ids = try connection.strings(
            "SELECT id FROM model_version WHERE model_id = ? ORDER BY sequence",
            [model.row]
        )
        try add(modelVersions: ids.map { Version(id: $0, owner: model) })
    }

    /// - Parameter versions: Of one model.
    private mutating func add(modelVersions versions: [Version]) throws {
        modelVersions += versions
        guard let model = versions.first?.owner else { return }
        let ids = Set(versions.map(\.id))
        for (version, definition) in try pipelineVersions(naming: model) where refers(definition, to: ids) {
            guard !pipelineVersions.contains(where: { $0.id == version.id }) else { continue }
            if try takesReferrers || isInUse(version) {
                try add(pipelineVersion: version)
            } else {
                referrers.append("version \(version.id.prefix(8)) of pipeline '\(version.owner.name)'")
            }
        }
        for id in ids.sorted() {
            users += try connection.strings(
                "SELECT name FROM endpoint WHERE instr(document, ?) > 0 ORDER BY name",
                [id]
            )
            .map { "endpoint '\($0)'" }
            users += try connection.rows(
                "SELECT kind, name FROM dialect_record WHERE instr(document, ?) > 0 ORDER BY kind, name",
                [id]
            ).map { row in
                let (kind, name): (String, String) = (row["kind"], row["name"])
                return "\(kind) '\(name)'"
            }
            users += try connection.strings(
                "SELECT pipeline FROM release WHERE is_open AND instr(document, ?) > 0 ORDER BY pipeline",
                [id]
            )
            .map(Self.release(of:))
        }
        users += try jobs(using: model, ids).map { "transform job '\($0)'" }
    }

    /// Returns the pipeline versions that contain the model's name as that of a model.
    private func pipelineVersions(naming model: Owner) throws -> [(version: Version, definition: String)] {
        try connection.rows(
            """
            SELECT pipeline_version.id AS version, pipeline_version.definition AS definition, pipeline.id AS row,
                pipeline.name AS name
            FROM pipeline_version
            JOIN pipeline ON pipeline.id = pipeline_version.pipeline_id
            JOIN workspace ON workspace.id = pipeline.workspace_id
            WHERE workspace.name = ? AND instr(definition, ?) > 0
            ORDER BY pipeline_version.sequence
            """,
            [model.workspace, "\"\(model.name)@"]
        ).map { row in
            let owner = Owner(row: row["row"], name: row["name"], workspace: model.workspace)
            return (Version(id: row["version"], owner: owner), row["definition"])
        }
    }

    private func refers(_ definition: String, to ids: Set<String>) -> Bool {
        // A definition that cannot be read may refer to anything that it contains.
        guard let steps = try? Catalog.steps(ofDefinition: definition) else {
            return ids.contains { definition.contains($0) }
        }
        return steps.flatMap(\.models).contains { $0.version.map(ids.contains) ?? false }
    }

    /// Returns the transform jobs that have not ended and use one of the versions.
    private func jobs(using model: Owner, _ ids: Set<String>) throws -> [String] {
        let documents = try connection.strings(
            "SELECT document FROM job WHERE kind = ? AND status IN ('InProgress', 'Stopping') ORDER BY sequence",
            [TransformJob.kind.rawValue]
        )
        return try Catalog.readable(documents) { try Catalog.decode(TransformJob.self, $0) }
            .filter { job in
                let (reference, workspace) = (job.definition.model, job.definition.workspace)
                guard workspace == model.workspace, reference.name == model.name else { return false }
                // Releases before 0.3.0 recorded the reference as it was given.
                return reference.version.map { ids.contains($0.lowercased()) } ?? true
            }
            .map(\.name)
    }

    // MARK: Pipelines

    private mutating func add(pipeline: Owner) throws {
        guard !pipelines.contains(pipeline) else { return }
        pipelines.append(pipeline)
        let ids = try connection.strings(
            "SELECT id FROM pipeline_version WHERE pipeline_id = ? ORDER BY sequence",
            [pipeline.row]
        )
        for id in ids where !pipelineVersions.contains(where: { $0.id == id }) {
            try add(pipelineVersion: Version(id: id, owner: pipeline))
        }
    }

    private mutating func add(pipelineVersion version: Version) throws {
        if let use = try use(of: version), !users.contains(use) { users.append(use) }
        pipelineVersions.append(version)
    }

    private func isInUse(_ version: Version) throws -> Bool { try use(of: version) != nil }

    /// Returns how a pipeline's version is in use; `nil` if it is not.
    private func use(of version: Version) throws -> String? {
        let name = version.owner.name
        if try connection.exists("SELECT 1 FROM endpoint WHERE name = ?", [name]) { return "endpoint '\(name)'" }
        if try connection.exists("SELECT 1 FROM release WHERE pipeline = ? AND is_open", [name]) {
            return Self.release(of: name)
        }
        let loop = try connection.strings(
            "SELECT loop.name FROM loop JOIN loop_run ON loop_run.loop = loop.name WHERE pipeline = ? AND is_open",
            [name]
        ).first
        if let loop { return "the run of loop '\(loop)'" }
        if changing.contains(name) { return "pipeline '\(name)', which is being deployed or undeployed" }
        let deployment = try connection.row(
            """
            SELECT version_id FROM deployment
            WHERE deployed = 1 AND ?1 IN (version_id, previous_version_id, answered_version_id)
            """,
            [version.id]
        )
        guard let deployed: String = deployment?["version_id"] else { return nil }
        return deployed == version.id
            ? "the deployed pipeline '\(name)'"
            : "the deployed pipeline '\(name)', which version \(version.id.prefix(8)) can be rolled back to"
    }

    private static func release(of pipeline: String) -> String { "the release of pipeline '\(pipeline)'" }

    // MARK: Completion

    /// A model or a pipeline without versions does not exist.
    private mutating func completeOwners() throws {
        for owner in Set(pipelineVersions.map(\.owner)).subtracting(pipelines).sorted(by: { $0.name < $1.name }) {
            let deleted = Set(pipelineVersions.filter { $0.owner == owner }.map(\.id))
            let ids = try connection.strings("SELECT id FROM pipeline_version WHERE pipeline_id = ?", [owner.row])
            if deleted.isSuperset(of: ids) { pipelines.append(owner) }
        }
        for owner in Set(modelVersions.map(\.owner)).subtracting(models) {
            let deleted = Set(modelVersions.filter { $0.owner == owner }.map(\.id))
            let ids = try connection.strings("SELECT id FROM model_version WHERE model_id = ?", [owner.row])
            if deleted.isSuperset(of: ids) { models.append(owner) }
        }
    }

    /// Adds the reports that cannot be computed again: those on what is deleted.
    private mutating func addReports() throws {
        var found: [(id: String, pipeline: String)] = []
        func add(_ condition: String, _ arguments: [any SQLValue]) throws {
            found += try connection.rows("SELECT id, pipeline FROM report WHERE \(condition)", arguments).map {
                ($0["id"], $0["pipeline"])
            }
        }
        for pipeline in pipelines { try add("pipeline = ?", [pipeline.name]) }
        for version in modelVersions { try add("instr(document, ?) > 0", [version.id]) }
        for owner in Set(pipelineVersions.map(\.owner)).subtracting(pipelines) {
            let versions = try Catalog.readable(
                connection.rows("SELECT * FROM pipeline_version WHERE pipeline_id = ?", [owner.row])
            ) { try Catalog.pipelineVersion($0, of: owner.name, connection) }
            let deleted = Set(pipelineVersions.map(\.id))
            let kept = Set(versions.filter { !deleted.contains($0.id) }.compactMap(\.experiment?.id))
            for experiment in Set(versions.compactMap(\.experiment?.id)).subtracting(kept) {
                try add("pipeline = ? AND instr(document, ?) > 0", [owner.name, experiment])
            }
        }
        var known: Set<String> = []
        for report in found where known.insert(report.id).inserted {
            reports.append(report.id)
            if !takesReferrers {
                referrers.append("report \(report.id.prefix(8)) on pipeline '\(report.pipeline)'")
            }
        }
    }

    // MARK: Rows

    private func owners(_ table: String, _ condition: String, _ argument: any SQLValue, in workspace: String) throws
        -> [Owner]
    {
        try connection.rows("SELECT id, name FROM \(table) WHERE \(condition) ORDER BY id", [argument]).map {
            Owner(row: $0["id"], name: $0["name"], workspace: workspace)
        }
    }

    private func model(_ name: String, _ workspace: String) throws -> Owner {
        let row = try Catalog.workspaceID(workspace, connection)
        guard let model = try owners("model", "workspace_id = \(row) AND name = ?", name, in: workspace).first else {
            throw Catalog.unknownModel(name, workspace)
        }
        return model
    }

    /// Reads no definition, so that a damaged pipeline can be deleted.
    private func pipeline(_ name: String) throws -> Owner {
        let row = try connection.row(
            """
            SELECT pipeline.id AS id, workspace.name AS workspace FROM pipeline
            JOIN workspace ON workspace.id = pipeline.workspace_id WHERE pipeline.name = ?
            """,
            [name]
        )
        guard let row else { throw Catalog.unknownPipeline(name) }
        return Owner(row: row["id"], name: name, workspace: row["workspace"])
    }
}
