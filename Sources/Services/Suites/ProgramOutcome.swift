import Definitions
import Foundation
import Functions
import Tensors

extension ProgramCheck {
    /// How long the function may take.
    private static let timeLimit = Duration.seconds(60)

    private struct Verdict: Decodable {
        let passed: Bool
        let message: String?
    }

    /// - Throws: ``RoostError`` if the text does not name a function that there is.
    func step(_ functions: FunctionService, field: String) throws(RoostError) -> FunctionStep {
        let parts = function.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let step = FunctionStep(name: parts[0], version: parts.count > 1 ? parts[1] : nil)
        guard (try? functions.version(step.version, of: step.name)) != nil else {
            throw RoostError(.notFound, "Function '\(step)' does not exist.", field: "\(field).function")
        }
        return step
    }

    /// Lets the function judge the outputs. Blocks.
    func outcome(
        _ bench: SuiteBench,
        _ watch: SuiteWatch,
        _ functions: FunctionService,
        caseName: String,
        field: String
    ) throws -> CaseOutcome {
        let step = try step(functions, field: field)
        let tensors = try SuiteInputs.inputs(inputs, bench.inputs, field: "\(field).inputs")
        let outputs = try bench.answer(tensors, watch).outputs
        var event = JSONWriter(capacity: 1024)
        event.raw("{\"suite\":")
        event.string(bench.suite.name)
        event.raw(",\"case\":")
        event.string(caseName)
        event.raw(",\"model\":")
        event.string(bench.candidate.version.reference.description)
        event.raw(",\"inputs\":")
        event.raw([UInt8](try JSONEncoder().encode(inputs)))
        event.raw(",\"outputs\":{")
        for (index, (tensor, spec)) in zip(outputs, bench.outputs).enumerated() {
            if index > 0 { event.raw(",") }
            event.string(spec.name)
            event.raw(":")
            event.nested(tensor)
        }
        event.raw("},\"parameters\":")
        event.raw([UInt8](try JSONEncoder().encode(parameters ?? .null)))
        event.raw("}")
        let answer: Data
        do throws(RoostError) {
            answer = try functions.result(of: step, Data(event.bytes), within: Self.timeLimit)
        } catch {
            guard error.code == .internalError || error.code == .timeout else { throw error }
            return CaseOutcome(passed: false, message: error.message)
        }
        guard let verdict = try? JSONDecoder().decode(Verdict.self, from: answer) else {
            return CaseOutcome(
                passed: false,
                message: "Function '\(step)' must return an object with 'passed' and 'message'; it returned "
                    + "\(String(decoding: answer.prefix(200), as: UTF8.self))."
            )
        }
        let message = verdict.message.map { String($0.prefix(2000)) }
        return CaseOutcome(
            passed: verdict.passed,
            message: message ?? "Function '\(step)' says that it \(verdict.passed ? "passed" : "failed")."
        )
    }
}
