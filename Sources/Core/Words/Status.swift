package import Definitions

/// A state in a word, with the shape that stands for its kind. The shape says what color says, for those who cannot see it.
package struct Status: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
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

    package let kind: Kind
    package let word: String
    /// The name of the class in the style sheet and of the shape.
    package let name: String

    package init(_ kind: Kind, _ word: String) {
        self.kind = kind
        self.word = word
        name = kind.rawValue
    }

    /// The shape as a character, for text: ● ◐ ▲ ◆ ○, and ◌ for the dashed circle.
    package var mark: String {
        switch kind {
        case .ok: "●"
        case .busy: "◐"
        case .warn: "▲"
        case .bad: "◆"
        case .off: "○"
        case .unknown: "◌"
        }
    }

    /// The shape and the word: ● Better.
    package var text: String { "\(mark) \(word)" }
}

extension Status {
    package init(_ deployment: Deployment?) {
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

    package init(_ state: JobState.Status) {
        switch state {
        case .inProgress: self.init(.busy, "In progress")
        case .stopping: self.init(.busy, "Stopping")
        case .completed: self.init(.ok, "Completed")
        case .failed: self.init(.bad, "Failed")
        case .stopped: self.init(.off, "Stopped")
        }
    }

    package init(_ state: Release.State) {
        switch state {
        case .running: self.init(.busy, "Running")
        case .paused: self.init(.warn, "Paused")
        case .promoted: self.init(.ok, "Promoted")
        case .rolledBack: self.init(.bad, "Rolled back")
        case .aborted: self.init(.off, "Aborted")
        case .failed: self.init(.bad, "Failed")
        }
    }

    package init(_ level: AssayResult.Status) {
        switch level {
        case .ok: self.init(.ok, "OK")
        case .warning: self.init(.warn, "Warning")
        case .alert: self.init(.bad, "Alert")
        case .notEnoughData: self.init(.unknown, "Not enough data")
        }
    }
}
