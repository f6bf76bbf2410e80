import Catalog
import Definitions
import Foundation
import Platform
import Suites

/// The step `test`: the suites that the new version must pass.
extension LoopService {
    func checkSuite(_ name: String, field: String) async throws {
        try Name.check(name, what: "suite name", field: field)
        guard try await catalog.suite(named: name) != nil else {
            throw RoostError(.notFound, "Suite '\(name)' does not exist.", field: field)
        }
    }

    func checkTests(_ steps: LoopDefinition.Steps, _ pipeline: Pipeline, model: String?) async throws {
        guard let suites = steps.test else { return }
        guard !suites.isEmpty else {
            throw RoostError(.invalidInput, "'test' lists no suites.", field: "then.test")
        }
        for (index, name) in suites.enumerated() {
            let field = "then.test[\(index)]"
            guard !suites[..<index].contains(name) else {
                throw RoostError(.invalidInput, "Suite '\(name.prefix(80))' is listed twice.", field: field)
            }
            try await checkSuite(name, field: field)
            guard let suite = try await catalog.suite(named: name), suite.model != model else { continue }
            throw RoostError(
                .invalidInput,
                "Suite '\(name)' tests the model '\(suite.model)', but the loop trains '\(model ?? "")'.",
                field: field
            )
        }
    }

    /// Whether a suite tests the model that a loop trains. Its versions are tested as soon as they are uploaded.
    ///
    /// - Parameter name: `nil` for any suite.
    func isTested(_ name: String?, _ definition: LoopDefinition) async throws -> Bool {
        guard let name else { return true }
        return try await catalog.suite(named: name).map { $0.model == definition.model } ?? false
    }

    func test(_ run: LoopRun, _ definition: LoopDefinition) async throws -> LoopProgress.Input {
        let version = try version(of: run)
        var runs: [SuiteRun] = []
        for name in definition.then.test ?? [] { runs.append(try await result(of: name, version, run)) }
        try await note(run, LoopRun.Links(suiteRuns: runs.map(\.id)))
        let failures = runs.filter { $0.outcome != .passed }
        guard failures.isEmpty else {
            throw RoostError(.conflict, failures.map(Self.words).joined(separator: " "))
        }
        let cases = runs.reduce(0) { $0 + $1.cases.count }
        return .succeeded(
            finding: "'\(version)' passed \(runs.map { "'\($0.suite)'" }.joined(separator: ", ")): \(cases) cases.",
            LoopRun.Links(suiteRuns: runs.map(\.id))
        )
    }

    /// Returns the result of a suite on a version. Usually it was begun when the version was added; a restart does not repeat it.
    private func result(of name: String, _ version: ModelReference, _ run: LoopRun) async throws -> SuiteRun {
        while true {
            guard let suite = try await catalog.suite(named: name) else {
                throw RoostError(.notFound, "Suite '\(name)' does not exist.", field: "then.test")
            }
            let newest = try await catalog.latestSuiteRun(
                name,
                revision: suite.revision,
                version: version.version ?? ""
            )
            guard let newest else {
                return try await suites.run(name, on: version, cause: .loop, by: "loop \(run.loop)")
            }
            if newest.outcome.isFinal { return newest }
            try await clock.sleep(for: .milliseconds(500))
        }
    }

    private static func words(_ run: SuiteRun) -> String {
        guard run.outcome != .error else {
            return "Suite '\(run.suite)' could not be run: \(run.reason ?? "no reason is known")"
        }
        let shown = run.failures.prefix(3).map { "'\($0.name)' (\($0.message))" }.joined(separator: ", ")
        let more = run.failures.count > 3 ? " and \(run.failures.count - 3) more" : ""
        return "Suite '\(run.suite)' failed: \(shown)\(more)."
    }
}
