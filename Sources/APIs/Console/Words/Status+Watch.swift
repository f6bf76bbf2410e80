import Definitions

extension Status {
    init(_ outcome: SuiteRun.Outcome) {
        switch outcome {
        case .pending: self.init(.unknown, "Waiting")
        case .running: self.init(.busy, "Running")
        case .passed: self.init(.ok, "Passed")
        case .failed: self.init(.bad, "Failed")
        case .error: self.init(.warn, "Could not be run")
        }
    }

    /// The state of a suite by its newest run.
    init(_ run: SuiteRun?) {
        guard let run else {
            self.init(.unknown, "Not run")
            return
        }
        guard run.outcome == .failed else {
            self.init(run.outcome)
            return
        }
        self.init(.bad, "\(run.failures.count) of \(run.cases.count) failed")
    }

    init(_ verdict: GateVerdict, isOverridden: Bool) {
        if verdict.isAdmitted {
            self.init(isOverridden ? .warn : .ok, isOverridden ? "Admitted by an override" : "Admitted")
        } else {
            self.init(.bad, "Refused")
        }
    }
}

extension AssayDefinition.Statistic {
    /// Its name as people write it.
    var words: String {
        switch self {
        case .psi: "PSI"
        case .kolmogorovSmirnov: "KS distance"
        case .wasserstein: "Wasserstein / σ"
        case .jensenShannon: "Jensen–Shannon distance"
        case .chiSquared: "Cramér’s V"
        case .lInfinity: "L∞"
        case .robustLInfinity: "L∞ less noise"
        case .maximumDifference: "largest difference"
        case .sumOfDifferences: "sum of differences"
        case .mean: "difference of means"
        }
    }
}

extension AssayDefinition {
    /// The statistic, or the one that fits the metric if none was chosen.
    var statisticWords: String {
        if let statistic { return statistic.words }
        let isMean =
            ["errors", "check_failures", "latency", "accuracy"].contains(metric) || Self.qualityMetrics.contains(metric)
        return (isMean ? Statistic.mean : Statistic.psi).words
    }

    /// How often a window ends.
    var rhythm: String {
        if let cron { return "at \(cron) (cron, UTC)" }
        return "every \((every ?? window).words)"
    }
}

extension AssayResult {
    /// Why, with the name of the statistic as people write it.
    var sentence: String {
        let statistic = AssayDefinition.Statistic.allCases.first { reason.hasPrefix($0.rawValue + " ") }
        guard let statistic else { return reason }
        let words = statistic.words.prefix(1).uppercased() + statistic.words.dropFirst()
        return words + reason.dropFirst(statistic.rawValue.count)
    }
}

extension SuiteCase.Kind {
    var words: String {
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
    var words: String {
        switch self {
        case .request: "asked for"
        case .upload: "upload"
        case .trainingJob: "training job"
        case .loop: "loop"
        }
    }
}
