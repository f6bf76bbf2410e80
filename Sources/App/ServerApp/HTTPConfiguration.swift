import NIOCore

/// How the server listens, and what it accepts from a connection.
package struct HTTPConfiguration: Sendable {
    package var host = "127.0.0.1"
    package var port = 8080
    /// Names of the host, besides addresses and `localhost`, under which the server answers.
    package var allowedHosts: [String] = []
    /// Bytes of an inference request's body.
    package var bodyLimit = 64 << 20
    /// Bytes of request bodies in memory, over all connections.
    package var bodyMemory = 1 << 30
    /// Bytes of an uploaded artifact.
    package var artifactLimit = 16 << 30
    /// How long a connection may be idle, a head may take to arrive, and a body may stall.
    package var idleTimeLimit: Duration = .seconds(120)
    package var headTimeLimit: Duration = .seconds(30)
    package var bodyTimeLimit: Duration = .seconds(60)

    package init() {}

    var listensOnlyToThisMachine: Bool { ["localhost", "::1"].contains(host) || host.hasPrefix("127.") }

    /// The URL under which programs on this machine reach the server.
    func localURL(port: Int) -> String {
        let isEverywhere = ["0.0.0.0", "::", "localhost"].contains(host)
        let name = isEverywhere ? "127.0.0.1" : host
        return "http://\(name.contains(":") ? "[\(name)]" : name):\(port)"
    }

    var timeLimits: ConnectionTimeLimits {
        var limits = ConnectionTimeLimits()
        limits.idle = TimeAmount(idleTimeLimit)
        limits.head = TimeAmount(headTimeLimit)
        limits.body = TimeAmount(bodyTimeLimit)
        return limits
    }
}
