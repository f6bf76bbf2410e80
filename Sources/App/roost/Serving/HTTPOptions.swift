import ArgumentParser
import ServerApp

/// How the server listens, and what it accepts from a connection.
struct HTTPOptions: ParsableArguments {
    @Option(help: "Address to listen on; 0.0.0.0 for all interfaces.")
    var host = "127.0.0.1"

    @Option(help: "Port to listen on; 0 for any free port.")
    var port = 8080

    @Option(
        help: """
            Host name to accept, besides addresses, localhost and --host; *.NAME accepts all names below NAME. Can be \
            repeated.
            """
    )
    var allowedHost: [String] = []

    @Option(help: "Maximum size of an inference request's body, in MiB.")
    var maxBody = 64

    @Option(help: "Maximum memory for request bodies over all connections, in MiB. Requests beyond it are refused.")
    var bodyMemory = 1024

    @Option(help: "Seconds a connection may stay idle between requests.")
    var idleTimeout = 120.0

    @Option(help: "Seconds the headers of a request may take to arrive.")
    var headTimeout = 30.0

    @Option(help: "Seconds the body of a request may stall.")
    var bodyTimeout = 60.0

    @Option(help: "Maximum size of an uploaded artifact, in MiB.")
    var maxArtifact = 16 << 10

    func validate() throws {
        try OptionRange.check(port, "port", 0...65535)
        // A request's body is one contiguous piece of memory.
        try OptionRange.check(maxBody, "max-body", 1...2048, " MiB")
        try OptionRange.check(maxArtifact, "max-artifact", OptionRange.mebibytes, " MiB")
        try OptionRange.check(bodyMemory, "body-memory", OptionRange.mebibytes, " MiB")
        // Times below a millisecond are too short to be useful.
        try OptionRange.check(idleTimeout, "idle-timeout", 0.001...OptionRange.day, " seconds")
        try OptionRange.check(headTimeout, "head-timeout", 0.001...OptionRange.day, " seconds")
        try OptionRange.check(bodyTimeout, "body-timeout", 0.001...OptionRange.day, " seconds")
    }

    var configuration: HTTPConfiguration {
        var http = HTTPConfiguration()
        http.host = host
        http.port = port
        http.allowedHosts = allowedHost
        http.bodyLimit = maxBody << 20
        http.bodyMemory = bodyMemory << 20
        http.artifactLimit = maxArtifact << 20
        http.idleTimeLimit = .seconds(idleTimeout)
        http.headTimeLimit = .seconds(headTimeout)
        http.bodyTimeLimit = .seconds(bodyTimeout)
        return http
    }
}
