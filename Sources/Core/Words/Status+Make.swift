package import Definitions

extension Status {
    package init(_ state: LoopRun.State) {
        switch state {
        case .running: self.init(.busy, "Running")
        case .aborting: self.init(.busy, "Aborting")
        case .finished: self.init(.ok, "Finished")
        case .failed: self.init(.bad, "Failed")
        case .aborted: self.init(.off, "Aborted")
        }
    }

    package init(_ state: LoopRun.Step.State) {
        switch state {
        case .running: self.init(.busy, "Running")
        case .succeeded: self.init(.ok, "Done")
        case .failed: self.init(.bad, "Failed")
        case .aborted: self.init(.off, "Aborted")
        }
    }

    package init(_ verdict: LearningCurve.Verdict) {
        switch verdict {
        case .helped: self.init(.ok, "More data helped")
        case .hurt: self.init(.bad, "More data hurt")
        case .withinNoise: self.init(.off, "No difference")
        case .notEnoughEvidence: self.init(.unknown, "Not enough data")
        }
    }
}
