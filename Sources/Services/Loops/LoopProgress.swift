import Definitions
import Foundation

/// How far a run of a loop has come, and what it does next.
///
/// A state machine without a clock and without effects: what it is in follows from the record of the run alone, so that a server that
/// starts again goes on with the same action.
struct LoopProgress: Sendable, Equatable {
    enum Input: Sendable, Equatable {
        /// The step that is running has begun something.
        case noted(LoopRun.Links)
        case succeeded(finding: String, LoopRun.Links)
        case failed(String)
        /// Someone asks to end the run.
        case abort(by: String?)
        /// What the step had begun has ended.
        case takenBack
    }

    enum Action: Sendable, Equatable {
        /// Carries out the step, or goes on with it.
        case carryOut(LoopRun.StepKind)
        /// Ends what the step has begun.
        case takeBack(LoopRun.StepKind)
        case end
    }

    private(set) var run: LoopRun
    private let kinds: [LoopRun.StepKind]

    /// - Parameters:
    ///   - run: A new run, or the record of one.
    ///   - kinds: The steps of the loop, in their order.
    init(_ run: LoopRun, _ kinds: [LoopRun.StepKind]) {
        self.run = run
        self.kinds = kinds
        if run.state == .running, run.steps.isEmpty { beginNext(at: run.startedAt) }
    }

    var next: Action {
        guard run.state.isOpen, let step = run.steps.last else { return .end }
        return run.state == .aborting ? .takeBack(step.kind) : .carryOut(step.kind)
    }

    mutating func receive(_ input: Input, at time: Date) {
        guard run.state.isOpen, let last = run.steps.indices.last else { return }
        switch (input, run.state) {
        case (.noted(let links), _): run.steps[last].links.add(links)
        case (.succeeded(let finding, let links), .running):
            run.steps[last].links.add(links)
            end(last, .succeeded, finding, at: time)
            beginNext(at: time)
        case (.failed(let reason), .running):
            end(last, .failed, reason, at: time)
            close(.failed, reason, at: time)
        case (.abort(let by), .running):
            run.state = .aborting
            run.reason = "Aborted\(by.map { " by \($0)" } ?? "")."
        case (.takenBack, .aborting):
            end(last, .aborted, run.reason, at: time)
            close(.aborted, run.reason, at: time)
        // What a step comes to after it was aborted does not count.
        case (.succeeded, _), (.failed, _), (.abort, _), (.takenBack, _): return
        }
    }

    private mutating func end(_ index: Int, _ state: LoopRun.Step.State, _ finding: String?, at time: Date) {
        run.steps[index].state = state
        run.steps[index].finding = finding
        run.steps[index].endedAt = time
    }

    private mutating func beginNext(at time: Date) {
        guard run.steps.count < kinds.count else { return close(.finished, nil, at: time) }
        run.steps.append(LoopRun.Step(kind: kinds[run.steps.count], startedAt: time))
    }

    private mutating func close(_ state: LoopRun.State, _ reason: String?, at time: Date) {
        run.state = state
        run.reason = reason
        run.endedAt = time
    }
}
