import NativeAPI
import Synchronization

/// The state of the server: starting, ready or draining.
final class ServerLifecycle: Sendable {
    private let current = Mutex(ServerStatus.State.starting)
    let start = ContinuousClock.now

    var state: ServerStatus.State { current.withLock { $0 } }
    var isDraining: Bool { state == .draining }

    /// Called when every deployment has been restored or has failed.
    func becomeReady() { current.withLock { if $0 == .starting { $0 = .ready } } }

    /// Tells load balancers to send no more work; running requests finish.
    func drain() { current.withLock { $0 = .draining } }
}
