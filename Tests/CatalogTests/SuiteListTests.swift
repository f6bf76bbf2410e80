import Database
import Definitions
import Foundation
import TestSupport
import Testing

@testable import Catalog

@Suite("Lists of suites, runs and gates")
struct SuiteListTests {
    private let event = NewEvent(.gateSet, on: .init(.pipeline, "p"), "", at: .at(0))
    private let definition = SuiteDefinition(
        model: "m",
        cases: ["a", "b", "c"].map { SuiteCase(name: $0, .size(BudgetCheck(budgetBytes: 1))) }
    )

    private func run(_ suite: String, _ outcome: SuiteRun.Outcome, failed: Int = 1, on version: String = "1")
        -> SuiteRun
    {
        var run = SuiteRun(
            id: UUID().uuidString.lowercased(),
            suite: suite,
            revision: 1,
            model: ModelReference(name: "m", version: version),
            workspace: "default",
            cause: .request,
            createdAt: .at(0)
        )
        run.outcome = outcome
        run.reason = outcome == .error ? "There is no data." : nil
        run.cases = (0..<30).map { index in
            let passed = outcome != .failed || index >= failed
            return SuiteCaseResult(name: "case-\(index)", kind: .size, passed: passed, message: "It is \(passed).")
        }
        return run
    }

    private func put(_ catalog: Catalog, _ name: String, in workspace: String = "default") async throws {
        try await catalog.putSuite(name, definition, model: "m", workspace: workspace, at: .at(0))
    }

    /// Returns all pages of a list of so many things, and checks that each page has this number.
    private func pages<Thing>(
        of total: Int,
        _ limit: Int,
        _ page: (NamedPage) async throws -> ([Thing], Int)
    ) async throws -> [Thing] {
        var all: [Thing] = []
        for offset in stride(from: 0, to: total + limit, by: limit) {
            let (found, count) = try await page(NamedPage(limit: limit, offset: offset))
            #expect(count == total)
            #expect(found.count == min(limit, max(0, total - offset)))
            all += found
        }
        return all
    }

    @Test(
        "the pages of a list have each suite once, without its cases, and count the outcomes of all",
        arguments: [1, 7, 25]
    )
    func suites(limit: Int) async throws {
        try await withCatalog { catalog, _ in
            _ = try await catalog.createWorkspace(named: "team", at: .at(0))
            for index in 0..<25 { try await put(catalog, "s\(index)", in: index < 5 ? "team" : "default") }
            for index in 0..<10 {
                try await catalog.addSuiteRun(run("s\(index)", .failed))
                try await catalog.addSuiteRun(run("s\(index)", index < 3 ? .failed : .passed, failed: 2))
            }
            let all = try await pages(of: 25, limit) { page in
                let (found, total, outcomes) = try await catalog.suites(in: nil, page)
                #expect(outcomes == [.failed: 3, .passed: 7])
                return (found, total)
            }
            #expect(all.map(\.name) == (0..<25).map { "s\($0)" }.sorted())
            #expect(all.allSatisfy { $0.definition.cases.isEmpty && $0.caseCount == 3 && $0.definition.model == "m" })
            let first = try #require(all.first?.lastRun)
            #expect((first.cases.count, first.caseCount, first.failureCount) == (0, 30, 2))
            let whole = try #require(try await catalog.suite(named: "s0"))
            #expect(whole.definition == definition && whole.lastRun?.cases.count == 30)

            let team = try await catalog.suites(in: "team", NamedPage(limit: 2))
            #expect((team.found.count, team.total, team.outcomes) == (2, 5, [.failed: 3, .passed: 2]))
            let found = try await catalog.suites(in: nil, NamedPage(search: "s2", limit: 2))
            #expect((found.found.map(\.name), found.total) == (["s2", "s20"], 6))
            #expect(
                await roostError { _ = try await catalog.suites(in: "ghost", NamedPage(limit: 1)) }?.code == .notFound
            )
        }
    }

    @Test("the pages of a list have each run once, with its cases or without", arguments: [1, 8, 20])
    func runs(limit: Int) async throws {
        try await withCatalog { catalog, _ in
            try await put(catalog, "s")
            var ids: [String] = []
            for index in 0..<20 {
                var run = run("s", .pending)
                try await catalog.addSuiteRun(run)
                (run.outcome, run.cases) = (.failed, self.run("s", .failed, failed: index).cases)
                try await catalog.saveSuiteRun(run)
                try await catalog.addSuiteRun(self.run("other", .passed))
                ids.insert(run.id, at: 0)
            }
            for withCases in [true, false] {
                let all = try await pages(of: 20, limit) {
                    try await catalog.suiteRuns(ofSuite: "s", withCases: withCases, limit: $0.limit, offset: $0.offset)
                }
                #expect(all.map(\.id) == ids)
                #expect(all.map(\.failureCount) == Array((0..<20).reversed()))
                #expect(all.allSatisfy { $0.caseCount == 30 && $0.cases.count == (withCases ? 30 : 0) })
            }
        }
    }

    @Test("the pages of a list have each gate once, with what it says about the newest versions")
    func gates() async throws {
        try await withCatalog { catalog, _ in
            for id in ["1", "2"] { try await catalog.addModelVersion(.fake("m", .floats(1), id: id)) }
            for suite in ["fails", "passes", "breaks"] { try await put(catalog, suite) }
            try await catalog.addSuiteRun(run("fails", .failed, failed: 25, on: "2"))
            try await catalog.addSuiteRun(run("passes", .passed, on: "2"))
            try await catalog.addSuiteRun(run("breaks", .error, on: "2"))
            let names = (10..<35).map { "p\($0)" }
            for (index, name) in names.enumerated() {
                try await catalog.define(name, "m@1")
                let definition = GateDefinition(suites: index < 3 ? ["fails", "breaks"] : ["passes"])
                _ = try await catalog.putGate(of: name, definition, at: .at(0), event: event)
            }
            let all = try await pages(of: 25, 10) { page in
                let (found, total, verdicts) = try await catalog.gates(page, withVerdicts: true)
                #expect(verdicts.map(\.pipeline) == found.map(\.pipeline))
                #expect(verdicts.allSatisfy { $0.model.description == "m@2" && $0.workspace == "default" })
                #expect(verdicts.count { !$0.isAdmitted } == (page.offset == 0 ? 3 : 0))
                return (found, total)
            }
            #expect(all.map(\.pipeline) == names)

            let refused = try #require(try await catalog.gates(NamedPage(limit: 1), withVerdicts: true).verdicts.first)
            #expect(refused.problems.count == 2)
            #expect(refused.problems[0].contains("case 'case-9': It is false; and 15 more."))
            #expect(refused.problems[1].contains("There is no data."))
            #expect(try await catalog.gateVerdict(of: "p10", on: ModelReference(name: "m")) == refused)

            let requiring = try await catalog.gates(requiring: "passes", NamedPage(limit: 2))
            #expect((requiring.found.map(\.pipeline), requiring.total, requiring.verdicts) == (["p13", "p14"], 22, []))
            #expect(try await catalog.gates(NamedPage(search: "p3", limit: 9)).total == 5)
            #expect(try await catalog.suite(named: "passes")?.gates == Array(names[3..<13]))
            // A gate that is changed requires what it required no longer.
            _ = try await catalog.putGate(of: "p10", GateDefinition(suites: ["passes"]), at: .at(0), event: event)
            #expect(try await catalog.gates(requiring: "fails", NamedPage(limit: 9)).total == 2)
            _ = try await catalog.removeGate(of: "p11", event: event)
            #expect(try await catalog.suite(named: "fails")?.gates == ["p12"])
        }
    }

    @Test("suites, runs and gates of an earlier release are in the lists, except for what is damaged")
    func migrated() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/roost.sqlite"
            let runs = [run("s", .passed), run("s", .failed, failed: 4)]
            let gate = Gate(pipeline: "p", suites: ["s", "t"], by: "ann", at: .at(0))
            do {
                let old = try Database(
                    path: path,
                    migrations: Array(Catalog.migrations.prefix { !$0.name.hasPrefix("23") })
                )
                try await old.write { connection in
                    for (name, document) in [("s", try Catalog.encode(definition)), ("damaged", "{")] {
                        try connection.execute(
                            "INSERT INTO suite VALUES (?, 1, 'm', 'default', 0, 0, ?)",
                            [name, document]
                        )
                    }
                    for (run, document) in try runs.map({ ($0, try Catalog.encode($0)) }) + [(run("t", .failed), "{")] {
                        try connection.execute(
                            "INSERT INTO suite_run VALUES (NULL, ?, ?, 1, 'm', '1', 'default', ?, 0, NULL, NULL, ?)",
                            [run.id, run.suite, run.outcome.rawValue, document]
                        )
                    }
                    for (name, document) in [("p", try Catalog.encode(gate)), ("damaged", "{")] {
                        try connection.execute("INSERT INTO gate VALUES (?, ?)", [name, document])
                    }
                }
            }
            let catalog = try Catalog(path: path)
            let (found, total, outcomes) = try await catalog.suites(in: nil, NamedPage(limit: 10))
            #expect((found.map(\.name), total, outcomes) == (["s"], 1, [.failed: 1]))
            #expect((found.first?.caseCount, found.first?.gates) == (3, ["p"]))
            let listed = try await catalog.suiteRuns(ofSuite: "s", withCases: false, limit: 10)
            #expect(listed.found == runs.reversed().map(\.withoutCases))
            #expect(listed.found.map(\.failureCount) == [4, 0])
            #expect(try await catalog.suiteRuns(ofSuite: "s", limit: 10).found == runs.reversed())
            #expect(try await catalog.suiteRuns(ofSuite: "t", withCases: false, limit: 10).found.isEmpty)
            #expect(try await catalog.gates(requiring: "t", NamedPage(limit: 10)).found == [gate])
        }
    }
}
