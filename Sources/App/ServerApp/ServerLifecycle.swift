import NativeAPI
import Synchronization

/// Where the server is in its life.
final class ServerLifecycle: Sendable {
    private let current = Mutex(ServerStatus.State.starting)
    let start = ContinuousClock.now

    var state: ServerStatus.State { current.withLock { $0 } }
    var isDraining: Bool { state == .draining }

    /// Everything that was deployed answers, or failed.
    func becomeReady() { current.withLock { if $0 == .starting { $0 = .ready } } }

    /// No new work from load balancers; what runs is finished.
    func drain() { current.withLock { $0 = .draining } }
}
