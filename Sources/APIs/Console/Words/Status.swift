import Definitions

/// A state in a word, with the shape that stands for its kind. The shape says what color says, for those who cannot see it.
struct Status: Sendable, Hashable {
    enum Kind: String, Sendable, Hashable {
        /// Good, or running.
        case ok
        /// Under way.
        case busy
        case warn
        case bad
        /// Off, or neither good nor bad.
        case off
        /// Not known yet.
        case unknown
    }

    let kind: Kind
    let word: String
    /// The name of the class in the style sheet and of the shape.
    let name: String

    init(_ kind: Kind, _ word: String) {
        self.kind = kind
        self.word = word
        name = kind.rawValue
    }
}

extension Status {
    init(_ deployment: Deployment?) {
        guard let deployment else {
            self.init(.off, "Not deployed")
            return
        }
        let word = deployment.state.rawValue
        switch deployment.state {
        case .running:
            self.init(deployment.error == nil ? .ok : .warn, deployment.error == nil ? word : "Update failed")
        case .starting, .updating, .stopping: self.init(.busy, word)
        case .stopped: self.init(.off, word)
        case .error: self.init(.bad, word)
        }
    }

    init(_ state: JobState.Status) {
        switch state {
        case .inProgress: self.init(.busy, "In progress")
        case .stopping: self.init(.busy, "Stopping")
        case .completed: self.init(.ok, "Completed")
        case .failed: self.init(.bad, "Failed")
        case .stopped: self.init(.off, "Stopped")
        }
    }

    init(_ state: Release.State) {
        switch state {
        case .running: self.init(.busy, "Running")
        case .paused: self.init(.warn, "Paused")
        case .promoted: self.init(.ok, "Promoted")
        case .rolledBack: self.init(.bad, "Rolled back")
        case .aborted: self.init(.off, "Aborted")
        case .failed: self.init(.bad, "Failed")
        }
    }

    /// A pause hides neither an alert nor a warning.
    init(_ assay: Assay) {
        let level = Status(assay.level)
        guard assay.definition.isPaused else {
            self = level
            return
        }
        let isBad = assay.level == .alert || assay.level == .warning
        self.init(isBad ? level.kind : .off, isBad ? level.word + ", paused" : "Paused")
    }

    init(_ level: AssayResult.Status) {
        switch level {
        case .ok: self.init(.ok, "OK")
        case .warning: self.init(.warn, "Warning")
        case .alert: self.init(.bad, "Alert")
        case .notEnoughData: self.init(.unknown, "Not enough data")
        }
    }
}
