import Catalog
package import Definitions
import Foundation
import InferenceLog
import Pipelines
import Platform
import Serving
import WorkThreads

/// A first suite, made from what the server knows.
extension SuiteService {
    private static let examples = 3
    /// How much more than what was measured is allowed.
    private static let slack = 3.0
    /// The least budget of a latency in milliseconds. What else the machine does takes that long.
    private static let leastBudget = 10.0

    /// Proposes a suite for a pipeline, or for a model by itself, and stores nothing.
    ///
    /// - Parameter name: That of a pipeline, or else of a model.
    package func suggestion(for name: String, in workspace: String) async throws -> SuiteSuggestion {
        let pipeline: Pipeline?
        do {
            pipeline = try await platform.pipeline(named: name)
        } catch let error as RoostError where error.code == .notFound {
            pipeline = nil
        }
        var definition =
            if pipeline != nil {
                SuiteDefinition(pipeline: name, cases: [])
            } else {
                SuiteDefinition(
                    model: name,
                    workspace: workspace == Workspace.defaultName ? nil : workspace,
                    cases: []
                )
            }
        if let models = pipeline?.version.steps.compactMap(\.models.first?.name), models.count > 1 {
            definition.replaces = models.last
        }
        do {
            let check = SuiteCheck(platform: platform, functions: functions)
            let subject = try await check.subject(definition)
            let suite = Suite(
                name: name,
                revision: 0,
                model: subject.model,
                workspace: subject.workspace,
                definition: definition,
                createdAt: now(),
                updatedAt: now()
            )
            return try await fill(suite, definition)
        } catch let error as RoostError where error.code == .notFound && pipeline == nil {
            throw RoostError(
                .notFound,
                "There is no pipeline '\(name.prefix(80))', and no model of this name in workspace '\(workspace.prefix(80))'.",
                field: "subject"
            )
        }
    }

    private func fill(_ suite: Suite, _ definition: SuiteDefinition) async throws -> SuiteSuggestion {
        var definition = definition
        var notes: [String] = []
        let place = try await SuitePlace(suite, platform)
        let reference = try await place.champion(platform) ?? ModelReference(name: suite.model)
        let version = try await platform.modelVersion(reference, in: suite.workspace)
        notes.append("Made with version \(version.id.prefix(8)) of model '\(version.model)'.")
        definition.cases.append(.init(name: "size", .size(.init(budgetBytes: Self.rounded(version.byteCount)))))
        guard version.framework != .process else {
            notes.append("A program of its own serves the model, so only the size of its artifact can be checked.")
            return SuiteSuggestion(name: suite.name, definition: definition, notes: notes)
        }
        if let memory = try? await platform.memory(of: version) {
            definition.cases.append(.init(name: "memory", .memory(.init(budgetBytes: Self.rounded(memory)))))
        }
        let inputs = place.inputs ?? version.signature.inputs
        let side = try await place.side(version, taking: inputs, platform)
        let bench = SuiteBench(
            suite: suite,
            candidate: side,
            champion: nil,
            inputs: inputs,
            outputs: place.outputs ?? side.executable.plan.outputs
        )
        let examples = try await self.examples(for: suite, place, version, bench)
        if examples.isEmpty {
            notes.append("The log has no inference of this version that can be used, so there are no golden cases.")
        }
        for (index, example) in examples.enumerated().reversed() {
            let outputs = zip(bench.outputs, example.outputs).map { ($0.name, $1) }
            let golden = GoldenCheck(
                inputs: example.inputs,
                outputs: .object(Dictionary(outputs) { first, _ in first }),
                absolute: GoldenCheck.defaultAbsolute,
                relative: GoldenCheck.defaultRelative
            )
            definition.cases.insert(.init(name: "answer-\(index + 1)", .golden(golden)), at: 0)
        }
        var latency = LatencyCheck(budgetMilliseconds: 1e9, inputs: examples.first?.inputs)
        let measured = latency
        let found = try? await runOnThread(named: "suite") {
            try measured.outcome(bench, SuiteWatch(), field: "latency")
        }
        if let milliseconds = found?.measures.first?.value {
            latency.budgetMilliseconds = max(Self.leastBudget, (milliseconds * Self.slack).rounded(.up))
            definition.cases.append(.init(name: "latency", .latency(latency)))
            notes.append(
                "The 99th percentile of the models' time was \(SuiteWords.number(milliseconds)) ms for such a request."
            )
        } else {
            notes.append("The latency could not be measured.")
        }
        return SuiteSuggestion(name: suite.name, definition: definition, notes: notes)
    }

    /// Returns inferences of the log whose answers the version gives again.
    private func examples(
        for suite: Suite,
        _ place: SuitePlace,
        _ version: ModelVersion,
        _ bench: SuiteBench
    ) async throws -> [LoggedExample] {
        let log = platform.serving.log
        let names = Set(bench.inputs.map(\.name))
        var streams: [String] = []
        if let pipeline = suite.definition.pipeline {
            streams = [pipeline]
        } else {
            for each in try await platform.pipelines(in: suite.workspace)
            where each.version.steps.count == 1 && each.version.steps[0].models.first?.name == suite.model {
                streams.append(each.name)
            }
            streams.append(Serving.stream(ofModel: suite.model, in: suite.workspace))
        }
        let wanted = streams
        return try await runOnThread(named: "suite", isYielding: true) {
            var found: [LoggedExample] = []
            for stream in wanted where found.count < Self.examples {
                let logged = LoggedExample.newest(log, of: stream, names: names, limit: 20)
                for example in logged where found.count < Self.examples && example.outputs.count == bench.outputs.count
                {
                    let outputs = zip(bench.outputs, example.outputs).map { ($0.name, $1) }
                    let golden = GoldenCheck(
                        inputs: example.inputs,
                        outputs: .object(Dictionary(outputs) { first, _ in first })
                    )
                    let outcome = try? golden.outcome(bench, SuiteWatch(), field: "golden")
                    if outcome?.passed == true { found.append(example) }
                }
            }
            return found
        }
    }

    /// Twice as many bytes, rounded up to two digits.
    private static func rounded(_ bytes: Int) -> Int {
        let wanted = Double(bytes) * 2
        let step = max(1000, pow(10, max(0, log10(max(wanted, 1)).rounded(.down) - 1)))
        return Int(saturating: (wanted / step).rounded(.up) * step)
    }
}
