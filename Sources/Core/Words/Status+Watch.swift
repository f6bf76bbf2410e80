package import Definitions

extension Status {
    package init(_ outcome: SuiteRun.Outcome) {
        switch outcome {
        case .pending: self.init(.unknown, "Waiting")
        case .running: self.init(.busy, "Running")
        case .passed: self.init(.ok, "Passed")
        case .failed: self.init(.bad, "Failed")
        case .error: self.init(.warn, "Could not be run")
        }
    }

    /// The state of a suite by its newest run.
    package init(_ run: SuiteRun?) {
        guard let run else {
            self.init(.unknown, "Not run")
            return
        }
        guard run.outcome == .failed else {
            self.init(run.outcome)
            return
        }
        self.init(.bad, "\(run.failureCount) of \(run.caseCount) failed")
    }

    /// A case of a run.
    package init(_ result: SuiteCaseResult) {
        self.init(result.passed ? .ok : .bad, result.passed ? "Passed" : "Failed")
    }

    package init(_ verdict: GateVerdict, isOverridden: Bool) {
        if verdict.isAdmitted {
            self.init(isOverridden ? .warn : .ok, isOverridden ? "Admitted by an override" : "Admitted")
        } else {
            self.init(.bad, "Refused")
        }
    }
}

extension SuiteCase.Kind {
    package var words: String {
        switch self {
        case .golden: "known answer"
        case .quality: "quality"
        case .latency: "latency"
        case .size: "size"
        case .memory: "memory"
        case .behavior: "behavior"
        case .program: "function"
        }
    }
}

extension SuiteRun.Cause {
    package var words: String {
        switch self {
        case .request: "asked for"
        case .upload: "upload"
        case .trainingJob: "training job"
        case .loop: "loop"
        }
    }
}
