import Definitions
import Foundation
import Functions
import Monitoring
import Pipelines
import Platform
import Tensors
import WorkThreads

/// Runs the cases of a suite on one version of the model.
struct SuiteRunner: Sendable {
    /// How long a case may take.
    private static let caseLimit = Duration.seconds(600)

    let platform: Platform
    let functions: FunctionService
    let suite: Suite
    let watch: SuiteWatch

    /// What a run found.
    struct Found: Sendable {
        var cases: [SuiteCaseResult] = []
        var champion: ModelReference?
    }

    /// - Throws: ``RoostError`` if the suite cannot be run, which says nothing about the version; `CancellationError` if it was
    ///   stopped.
    func run(_ reference: ModelReference) async throws -> Found {
        var found = Found()
        let version: ModelVersion
        do {
            version = try await platform.modelVersion(reference, in: suite.workspace)
        } catch let error as RoostError where error.code == .notFound {
            throw RoostError(.notFound, "Model version '\(reference)' was deleted.", field: "version")
        }
        let needsChampion = suite.definition.cases.contains { each in
            if case .quality(let quality) = each.check { quality.versusChampion != nil } else { false }
        }
        let place = try await SuitePlace(suite, platform)
        if needsChampion { found.champion = try await place.champion(platform) }
        try Self.checkServed(suite.definition, version)
        let bench: SuiteBench?
        do {
            bench = try await self.bench(version, place, found.champion)
        } catch let failure as CandidateFailure {
            found.cases = suite.definition.cases.map {
                SuiteCaseResult(name: $0.name, kind: $0.kind, passed: false, message: failure.message)
            }
            return found
        }
        var late: String?
        for (index, each) in suite.definition.cases.enumerated() {
            if late == nil { try watch.check() }
            let start = ContinuousClock.now
            var outcome = CaseOutcome(passed: false, message: "Not run, because case '\(late ?? "")' did not end.")
            if late == nil {
                let field = "cases[\(index)].\(each.kind.rawValue)"
                if let made = try await self.outcome(each, version, bench, field: field) {
                    outcome = made
                } else {
                    // The case ends when its model does; nothing waits for it.
                    watch.stop()
                    late = each.name
                    let limit = Int(Self.caseLimit / .seconds(1))
                    outcome.message = "The case took longer than the limit of \(limit) s."
                }
            }
            found.cases.append(
                SuiteCaseResult(
                    name: each.name,
                    kind: each.kind,
                    passed: outcome.passed,
                    message: outcome.message,
                    measures: outcome.measures,
                    elapsedMilliseconds: (start.duration(to: .now) / .milliseconds(1)).rounded()
                )
            )
        }
        return found
    }

    /// A model that a program of a user serves has no inputs and outputs that a case could name.
    static func checkServed(_ definition: SuiteDefinition, _ version: ModelVersion) throws(RoostError) {
        guard version.framework == .process,
            let index = definition.cases.firstIndex(where: { $0.kind != .size })
        else { return }
        throw RoostError(
            .invalidInput,
            "Case '\(definition.cases[index].name)': a program of its own serves model '\(version.model)', which can only be called "
                + "as an endpoint. A suite can only check the size of its artifact.",
            field: "cases[\(index)].\(definition.cases[index].kind.rawValue)"
        )
    }

    /// - Returns: `nil` if no case needs a loaded model.
    /// - Throws: ``CandidateFailure`` if the candidate does not fit its place.
    private func bench(
        _ version: ModelVersion,
        _ place: SuitePlace,
        _ champion: ModelReference?
    ) async throws -> SuiteBench? {
        guard suite.definition.cases.contains(where: { $0.kind != .size && $0.kind != .memory }) else { return nil }
        let inputs = place.inputs ?? version.signature.inputs
        let candidate: SuiteSide
        do {
            candidate = try await place.side(version, taking: inputs, platform)
        } catch let error as RoostError where error.code == .invalidInput {
            throw CandidateFailure(message: "The candidate cannot take its place: \(error.message)")
        }
        var other: SuiteSide?
        if let champion {
            let model = try await platform.modelVersion(champion, in: suite.workspace)
            do {
                other = try await place.side(model, taking: inputs, platform)
            } catch let error as RoostError {
                throw RoostError(
                    error.code,
                    "The version in production, \(champion), cannot be compared with: \(error.message)",
                    field: "champion"
                )
            }
        }
        let found = candidate.executable.plan.outputs
        try place.check(found)
        return SuiteBench(
            suite: suite,
            candidate: candidate,
            champion: other,
            inputs: inputs,
            outputs: place.outputs ?? found
        )
    }

    /// - Returns: `nil` if the case took too long.
    private func outcome(
        _ each: SuiteCase,
        _ version: ModelVersion,
        _ bench: SuiteBench?,
        field: String
    ) async throws -> CaseOutcome? {
        do {
            return try await withTimeLimit(Self.caseLimit) {
                try await judge(each, version, bench, field: field)
            }
        } catch let failure as CandidateFailure {
            return CaseOutcome(passed: false, message: failure.message)
        } catch let error as RoostError
            where error.code == .invalidInput && Self.isOfCandidate(error.field ?? field, field)
        {
            // The case fitted the version with which it was checked.
            return CaseOutcome(passed: false, message: "The case does not fit the candidate: \(error.message)")
        } catch let error as RoostError {
            throw RoostError(error.code, "Case '\(each.name)': \(error.message)", field: error.field ?? field)
        }
    }

    /// Whether a field of a case names inputs or outputs, which depend on the candidate.
    private static func isOfCandidate(_ field: String, _ check: String) -> Bool {
        ["inputs", "outputs", "output", "change", "batches"].contains {
            field == "\(check).\($0)" || field.hasPrefix("\(check).\($0).")
        }
    }

    private func judge(
        _ each: SuiteCase,
        _ version: ModelVersion,
        _ bench: SuiteBench?,
        field: String
    ) async throws -> CaseOutcome {
        switch each.check {
        case .size(let budget):
            return budget.outcome("The artifact has", version.byteCount, name: "bytes")
        case .memory(let budget):
            let growth: Int?
            do {
                growth = try await platform.memory(of: version)
            } catch let error as RoostError where error.code == .invalidInput {
                throw CandidateFailure(message: error.message)
            }
            guard let growth else {
                throw RoostError(.unavailable, "The memory of the model could not be measured.", field: field)
            }
            return budget.outcome("A process that loads the model and runs it once grows by", growth, name: "bytes")
        case .golden, .latency, .program, .quality, .behavior: break
        }
        guard let bench else { throw RoostError(.internalError, "No model is loaded.") }
        let buckets = platform.buckets
        switch each.check {
        case .golden(let golden):
            return try await onThread { try golden.outcome(bench, watch, field: field) }
        case .latency(let latency):
            // At the priority of requests, because it is their time.
            return try await onThread(isYielding: false) { try latency.outcome(bench, watch, field: field) }
        case .program(let program):
            return try await onThread {
                try program.outcome(bench, watch, functions, caseName: each.name, field: field)
            }
        case .quality(let quality):
            var sets: [SuiteData] = []
            for uri in quality.data {
                sets.append(try await SuiteData(uri, as: bench.inputs, in: buckets, field: "\(field).data"))
            }
            return try await onThread { [sets] in try quality.outcome(bench, watch, sets, field: field) }
        case .behavior(let behavior):
            var set: SuiteData?
            if let uri = behavior.data {
                set = try await SuiteData(uri, as: bench.inputs, in: buckets, field: "\(field).data")
            }
            return try await onThread { [set] in try behavior.outcome(bench, watch, set, field: field) }
        case .size, .memory: throw RoostError(.internalError, "The case was judged before.")
        }
    }

    private func onThread(
        isYielding: Bool = true,
        _ work: @escaping @Sendable () throws -> CaseOutcome
    ) async throws -> CaseOutcome {
        try await runOnThread(named: "suite", isYielding: isYielding, work)
    }
}
