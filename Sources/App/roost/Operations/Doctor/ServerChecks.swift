import Definitions
import Foundation
import NativeAPI
import RoostClient
import ServerApp

/// The server, and the port that it needs.
struct ServerChecks {
    let client: RoostClient
    /// Whether the user says where the server is.
    let isNamed: Bool
    let port: Int

    func findings() async -> [Finding] {
        do {
            let status = try await client.status()
            var findings: [Finding] = []
            if status.version == Server.version {
                findings.append(
                    .ok("server", "\(client.baseURL) is \(status.state.rawValue), release \(status.version)")
                )
            } else {
                findings.append(
                    .warning(
                        "server",
                        "\(client.baseURL) runs release \(status.version), and this command is release \(Server.version)",
                        "Restart the server with the release that is installed, or use the command of its release."
                    )
                )
            }
            if status.isSafeMode {
                findings.append(
                    .warning(
                        "server",
                        "it runs in safe mode and has restored nothing",
                        "Restart it without --safe-mode."
                    )
                )
            }
            return findings + status.warnings.map { .warning("server", $0, "See the server's log.") }
        } catch {
            if isNamed {
                return [.problem("server", "\(error)", "Start the server, or correct ROOST_URL or --url.")]
            }
            return [portFinding()]
        }
    }

    private func portFinding() -> Finding {
        let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return .ok("port", "not checked") }
        defer { close(socket) }
        var on: Int32 = 1
        // As the server does: a port that was closed just now is free.
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(clamping: port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let isTaken = errno == EADDRINUSE
            return .problem(
                "port",
                isTaken
                    ? "another program uses port \(port), and it is not a Roost server"
                    : "port \(port) cannot be used: \(String(cString: strerror(errno)))",
                "Choose another one with 'roost serve --port', or end the program (find it with: ss -ltnp)."
            )
        }
        return .ok("port", "\(port) is free")
    }
}
