import Database
package import Definitions

/// What the gates of pipelines say about versions.
extension Catalog {
    /// Returns why the gate of a pipeline does not let models begin to answer; `nil` if it does, or if there is none.
    ///
    /// - Parameters:
    ///   - steps: With exact versions.
    ///   - workspace: That of the models.
    package func gateRefusal(
        of pipeline: String,
        in workspace: String,
        _ steps: [Step]
    ) async throws -> GateRefusal? {
        try await database.read { try Self.gateRefusal(of: pipeline, in: workspace, steps, $0) }
    }

    static func gateRefusal(
        of pipeline: String,
        in workspace: String,
        _ steps: [Step],
        _ connection: Connection
    ) throws -> GateRefusal? {
        guard let gate = try gate(pipeline, connection) else { return nil }
        let models = steps.map(\.answering)
        let names = Set(models.joined().map(\.name))
        let check = try GateCheck(gate, in: workspace, connection)
        let problems = try problems(of: models, among: names, check, connection)
        return problems.isEmpty ? nil : GateRefusal(pipeline: pipeline, problems: problems)
    }

    /// - Throws: ``GateRefusal`` if the gate of a pipeline does not let a version of it answer.
    static func checkGate(of pipeline: String, for version: String, _ connection: Connection) throws {
        guard try connection.exists("SELECT 1 FROM gate WHERE pipeline = ?", [pipeline]) else { return }
        let row = try connection.row("SELECT definition FROM pipeline_version WHERE id = ?", [version])
        let refusal = try gateRefusal(
            of: pipeline,
            in: workspace(ofPipeline: pipeline, connection),
            row.map { try steps(ofDefinition: $0["definition"]) } ?? [],
            connection
        )
        if let refusal { throw refusal }
    }

    /// Returns what keeps models from beginning to answer in the pipeline of a gate.
    ///
    /// A suite tests the versions of its model. A suite of the pipeline also tests what takes the place of that model. A model that
    /// is new in the pipeline, or stands in one step with one that is tested, must be tested by at least one suite, so that a version
    /// cannot pass under another name.
    ///
    /// - Parameters:
    ///   - steps: The models of each step.
    ///   - others: The names of all models of the pipeline.
    private static func problems(
        of steps: [[ModelReference]],
        among others: Set<String>,
        _ check: GateCheck,
        _ connection: Connection
    ) throws -> [GateRefusal.Problem] {
        let (gate, workspace, suites, before) = (check.gate, check.workspace, check.suites, check.before)
        let names = Set(before.map(\.name))
        let isCovered = suites.contains { others.contains($0.model) && $0.workspace == workspace }
        var problems: [GateRefusal.Problem] = []
        var seen: Set<ModelReference> = []
        for step in steps {
            let isTested = step.contains { model in suites.contains { $0.tests(model, in: workspace) } }
            for model in step where seen.insert(model).inserted && !before.contains(model) && !gate.admits(model) {
                let isNew = !names.contains(model.name)
                let tests = suites.filter {
                    $0.tests(model, in: workspace) || $0.testsReplacement(isNew, in: gate.pipeline)
                }
                if tests.isEmpty, isNew && !names.isEmpty || !isCovered || isTested {
                    problems.append(.init(.untested, of: model))
                }
                problems += try tests.compactMap { suite in
                    try problem(of: model, suite, connection).map { .init($0, of: model) }
                }
            }
        }
        return problems
    }

    /// Returns what keeps one model from beginning to answer, in sentences.
    static func problems(
        of model: ModelReference,
        _ check: GateCheck,
        _ connection: Connection
    ) throws -> [String] {
        let others = Set(check.newestModels).union(check.before.map(\.name)).union([model.name])
        return try problems(of: [[model]], among: others, check, connection).map(\.description)
    }

    /// Returns what the newest run of a suite that has ended says against a version; `nil` if the version has passed.
    private static func problem(
        of model: ModelReference,
        _ suite: GateSuite,
        _ connection: Connection
    ) throws -> GateRefusal.Problem.Kind? {
        let which = "FROM suite_run WHERE suite = ? AND revision = ? AND model_version = ?"
        let arguments: [any SQLValue] = [suite.name, suite.revision, model.version]
        let ended = try connection.rowOften(
            "SELECT sequence, outcome \(which) AND outcome NOT IN ('pending', 'running') ORDER BY sequence DESC LIMIT 1",
            arguments
        )
        guard let ended else {
            let isOpen = try connection.exists("SELECT 1 \(which) LIMIT 1", arguments)
            return isOpen ? .running(suite: suite.name) : .notRun(suite: suite.name)
        }
        let run: Int = ended["sequence"]
        let outcome: String = ended["outcome"]
        if outcome == SuiteRun.Outcome.passed.rawValue { return nil }
        if outcome == SuiteRun.Outcome.failed.rawValue { return try failure(of: suite, run, connection) }
        let row = try connection.row("SELECT coalesce(summary, '') AS summary FROM suite_run WHERE sequence = ?", [run])
        let reason = row.flatMap { try? decode(SuiteRun.self, $0["summary"]) }?.reason
        return .error(suite: suite.name, reason: reason ?? "No reason is known.")
    }

    /// Reads the failed cases of a run that are named.
    private static func failure(
        of suite: GateSuite,
        _ run: Int,
        _ connection: Connection
    ) throws -> GateRefusal.Problem.Kind {
        let rows = try connection.rows(
            """
            SELECT value, count(*) OVER () AS n
            FROM suite_run, json_each(CASE WHEN json_valid(document) THEN document ELSE '{}' END, '$.cases')
            WHERE sequence = ? AND NOT json_extract(value, '$.passed') LIMIT ?
            """,
            [run, GateRefusal.Problem.caseLimit]
        )
        return .failed(
            suite: suite.name,
            cases: try rows.map { try decode(SuiteCaseResult.self, $0["value"]) },
            count: rows.first?["n"] ?? 0
        )
    }

    // MARK: Verdicts

    /// Returns what a gate says about a version.
    ///
    /// - Parameter model: `NAME@VERSION`, by ID, its beginning, or a tag.
    package func gateVerdict(of pipeline: String, on model: ModelReference) async throws -> GateVerdict {
        try await database.read { connection in
            let gate = try Self.existingGate(pipeline, connection)
            let workspace = try Self.workspace(ofPipeline: pipeline, connection)
            return try Self.verdict(on: model, GateCheck(gate, in: workspace, connection), connection)
        }
    }

    /// The most models of a pipeline about whose newest versions a list tells what the gate says.
    private static let verdictLimit = 10

    /// Returns what a gate says about the newest versions of the models of its pipeline's newest version.
    static func newestVerdicts(of gate: Gate, _ connection: Connection) throws -> [GateVerdict] {
        let check = try GateCheck(gate, in: workspace(ofPipeline: gate.pipeline, connection), connection)
        return try check.newestModels.prefix(verdictLimit).compactMap { name in
            do {
                return try verdict(on: ModelReference(name: name), check, connection)
            } catch let error as RoostError where error.code == .notFound {
                return nil
            }
        }
    }

    private static func verdict(
        on model: ModelReference,
        _ check: GateCheck,
        _ connection: Connection
    ) throws -> GateVerdict {
        let id = try modelVersionID(model, check.workspace, connection)
        let exact = ModelReference(name: model.name, version: id)
        var strict = check
        strict.gate.overrides = []
        let problems = try problems(of: exact, strict, connection)
        return GateVerdict(
            pipeline: check.gate.pipeline,
            workspace: check.workspace,
            model: exact,
            isAdmitted: problems.isEmpty || check.gate.admits(exact),
            problems: problems
        )
    }
}

/// What is known of a gate and its pipeline when versions are checked.
struct GateCheck {
    var gate: Gate
    /// That of the models.
    let workspace: String
    /// Those that the gate requires.
    let suites: [GateSuite]
    /// The models that answer in the pipeline, or answered last, and those that answered before.
    let before: Set<ModelReference>
    /// The names of the models of the pipeline's newest version.
    let newestModels: [String]

    init(_ gate: Gate, in workspace: String, _ connection: Connection) throws {
        self.gate = gate
        self.workspace = workspace
        suites = try gate.suites.compactMap { try GateSuite($0, connection) }
        before = try Catalog.answering(in: gate.pipeline, connection)
        newestModels = try Catalog.newestModels(ofPipeline: gate.pipeline, connection)
    }
}

/// What a gate needs to know of a suite.
struct GateSuite {
    let name: String
    let revision: Int
    let model: String
    let workspace: String
    /// The pipeline in which it tests the model; `nil` if it tests the model by itself.
    let pipeline: String?
    let replaces: String?

    /// - Returns: `nil` if there is no such suite.
    init?(_ name: String, _ connection: Connection) throws {
        let row = try connection.rowOften(
            "SELECT revision, model, workspace, coalesce(summary, '') AS summary FROM suite WHERE name = ?",
            [name]
        )
        guard let row else { return nil }
        let definition = try Catalog.decode(SuiteDefinition.self, row["summary"])
        self.name = name
        revision = row["revision"]
        model = row["model"]
        workspace = row["workspace"]
        pipeline = definition.pipeline
        replaces = definition.replaces
    }

    func tests(_ model: ModelReference, in workspace: String) -> Bool {
        model.name == self.model && workspace == self.workspace
    }

    /// Whether the suite tests a model that takes the place of its own in the pipeline.
    ///
    /// - Parameter isNew: Whether no model of that name answers there.
    func testsReplacement(_ isNew: Bool, in pipeline: String) -> Bool {
        self.pipeline == pipeline && (isNew || replaces == nil)
    }
}
