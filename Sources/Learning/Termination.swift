import Foundation
import Synchronization

/// Whether the process was asked to end: SIGTERM, when a job is stopped or its time is up.
enum Termination {
    private static let asked = Atomic(false)

    static var isAsked: Bool { asked.load(ordering: .relaxed) }

    /// From here on, SIGTERM does not end the process; who learns looks at ``isAsked`` in between.
    static func watch() {
        signal(SIGTERM) { _ in Termination.asked.store(true, ordering: .relaxed) }
    }
}
