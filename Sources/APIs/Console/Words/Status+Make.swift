import Definitions
import NativeAPI

extension Status {
    init(_ state: LoopRun.State) {
        switch state {
        case .running: self.init(.busy, "Running")
        case .aborting: self.init(.busy, "Aborting")
        case .finished: self.init(.ok, "Finished")
        case .failed: self.init(.bad, "Failed")
        case .aborted: self.init(.off, "Aborted")
        }
    }

    init(_ state: LoopRun.Step.State) {
        switch state {
        case .running: self.init(.busy, "Running")
        case .succeeded: self.init(.ok, "Done")
        case .failed: self.init(.bad, "Failed")
        case .aborted: self.init(.off, "Aborted")
        }
    }

    init(_ status: Endpoint.Status) {
        switch status {
        case .creating: self.init(.busy, "Creating")
        case .inService: self.init(.ok, "In service")
        case .updating: self.init(.busy, "Updating")
        case .deleting: self.init(.busy, "Deleting")
        case .failed: self.init(.bad, "Failed")
        }
    }

    init(_ verdict: LearningCurve.Verdict) {
        switch verdict {
        case .helped: self.init(.ok, "More data helped")
        case .hurt: self.init(.bad, "More data hurt")
        case .withinNoise: self.init(.off, "No difference")
        case .notEnoughEvidence: self.init(.unknown, "Not enough data")
        }
    }
}
