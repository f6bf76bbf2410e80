import Foundation
import HummingbirdCore
import Logging

/// Limits connections to the number of file descriptors, minus some for the server's own files.
///
/// Without the limit, the kernel would keep reporting a connection that the server cannot accept.
struct ConnectionLimit: AvailableConnectionsDelegate {
    private let limit: Int
    private let logger: Logger
    private var count = 0
    /// When the limit was last reported; once a minute is enough.
    private var told: ContinuousClock.Instant?

    init(logger: Logger) {
        self.logger = logger
        var descriptors = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &descriptors)
        let allowed = Int(min(descriptors.rlim_cur, 1 << 30))
        limit = max(8, allowed - min(256, max(64, allowed / 4)))
    }

    /// Raises this process's limit on file descriptors to the maximum.
    static func raiseDescriptorLimit() {
        var descriptors = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &descriptors)
        descriptors.rlim_cur = descriptors.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &descriptors)
    }

    mutating func connectionOpened() {
        count += 1
        guard count >= limit, told.map({ $0.duration(to: .now) > .seconds(60) }) ?? true else { return }
        told = .now
        logger.warning(
            "No file descriptors left for more connections; new ones must wait",
            metadata: ["connections": "\(count)"]
        )
    }

    mutating func connectionClosed() { count -= 1 }

    func isAcceptingNewConnections() -> Bool { count < limit }
}
