public import Definitions
package import Suites

/// The operations on test suites and their runs.
package struct SuiteOperations: OperationGroup {
    private static let defaultRuns = 100
    private static let runLimit = 1000

    let suites: SuiteService

    package init(suites: SuiteService) { self.suites = suites }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/suites",
            id: "listSuites",
            "List the test suites without their cases",
            query: [.workspaces] + .page,
            returns: SuiteList.self
        ) { call in
            let (found, total, outcomes) = try await suites.suites(
                in: call.workspaceFilter,
                call.page() ?? NamedPage(limit: SuiteService.countLimit)
            )
            return SuiteList(suites: found, total: total, outcomes: outcomes)
        }

        APIOperation(
            .get,
            "/v1/suites/{suite}",
            id: "getSuite",
            "Get a test suite, and its newest run",
            returns: Suite.self
        ) { call in try await suites.suite(named: call.parameter("suite")) }

        APIOperation(
            .put,
            "/v1/suites/{suite}",
            id: "putSuite",
            "Add or change a test suite",
            body: SuiteDefinition.self,
            bodyLimit: 2 * SuiteDefinition.byteLimit,
            returns: Suite.self,
            orCreates: "The suite is new"
        ) { call, definition in try await suites.define(call.parameter("suite"), definition) }

        APIOperation(
            .delete,
            "/v1/suites/{suite}",
            id: "deleteSuite",
            "Remove a test suite; its runs stay with the versions of models",
            returns: Suite.self
        ) { call in try await suites.remove(call.parameter("suite")) }

        APIOperation(
            .post,
            "/v1/suites/suggestions",
            id: "suggestSuite",
            "Propose a test suite for a pipeline or a model from its log, without adding it",
            query: [QueryParameter("subject"), .workspace],
            returns: SuiteSuggestion.self
        ) { call in
            guard let subject = call.query("subject") else {
                throw RoostError(.invalidInput, "The query parameter 'subject' is missing.", field: "subject")
            }
            return try await suites.suggestion(for: subject, in: call.workspace)
        }

        APIOperation(
            .post,
            "/v1/suites/{suite}/runs",
            id: "runSuite",
            "Run a test suite on a version of its model, and return when it has ended, or with `wait=false` at once",
            query: [QueryParameter("wait", .boolean)],
            optionalBody: SuiteRunRequest.self,
            returns: SuiteRun.self
        ) { call, request in
            let isAwaited = try call.choice("wait", [("true", true), ("false", false)]) ?? true
            return try await run(call.parameter("suite"), request ?? SuiteRunRequest(), isAwaited: isAwaited)
        }

        APIOperation(
            .get,
            "/v1/suites/{suite}/runs",
            id: "listSuiteRuns",
            "List the runs of a test suite, newest first",
            query: [
                QueryParameter("limit", .integer(min: 1, max: Self.runLimit)),
                QueryParameter("offset", .integer(min: 0)),
                QueryParameter("cases", .described("`false` leaves out the cases of the runs.", .boolean)),
            ],
            returns: SuiteRunList.self
        ) { call in
            let (found, total) = try await suites.runs(
                of: call.parameter("suite"),
                withCases: call.choice("cases", [("true", true), ("false", false)]) ?? true,
                limit: call.number("limit", 1...Self.runLimit) ?? Self.defaultRuns,
                offset: call.number("offset", 0...Int(Int32.max)) ?? 0
            )
            return SuiteRunList(runs: found, total: total)
        }

        APIOperation(
            .get,
            "/v1/suite-runs/{run}",
            id: "getSuiteRun",
            "Get a run of a test suite",
            returns: SuiteRun.self
        ) { call in try await suites.run(call.parameter("run")) }
    }

    private func run(_ name: String, _ request: SuiteRunRequest, isAwaited: Bool) async throws -> SuiteRun {
        let by = try request.by.map(checkedRequester)
        var reference = ModelReference(name: try await suites.suite(named: name).model)
        if let text = request.version {
            let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if parts.count == 2 { reference.name = parts[0] }
            reference.version = parts.last
        }
        guard isAwaited else { return try await suites.start(name, on: reference, by: by) }
        return try await suites.run(name, on: reference, by: by)
    }
}

/// `GET /v1/suites`.
public struct SuiteList: Sendable, Codable {
    /// Without the cases of their definitions and runs.
    public var suites: [Suite]
    /// The number of suites on all pages.
    public var total: Int
    /// How many of these suites have a newest run with each outcome. Those that have never been run are not counted.
    public var outcomes: [String: Int]

    public init(suites: [Suite], total: Int, outcomes: [SuiteRun.Outcome: Int]) {
        self.suites = suites
        self.total = total
        self.outcomes = Dictionary(uniqueKeysWithValues: outcomes.map { ($0.key.rawValue, $0.value) })
    }
}

/// `GET /v1/suites/{suite}/runs`.
public struct SuiteRunList: Sendable, Codable {
    public var runs: [SuiteRun]
    /// The number of runs on all pages.
    public var total: Int

    public init(runs: [SuiteRun], total: Int) {
        self.runs = runs
        self.total = total
    }
}
