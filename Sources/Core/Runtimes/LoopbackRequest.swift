import Definitions
import Foundation
import Synchronization

/// One blocking HTTP/1.1 request to a local port, on its own connection.
struct LoopbackRequest {
    struct Answer {
        var status: Int
        var contentType: String?
        var body: [UInt8]
    }

    let port: UInt16
    /// Seconds that the program may be silent.
    let timeLimit: Int
    /// The maximum bytes of the response's body.
    var bodyLimit = 256 << 20

    /// The longest that a response may take, however steadily it comes.
    private static let wholeLimit: Duration = .seconds(3600)

    static func socket() -> Int32 {
        Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    func send(
        _ method: String,
        _ path: String,
        _ headers: [(String, String)],
        _ body: [UInt8],
        _ cancellation: RunCancellation?
    ) throws(RuntimeError) -> Answer {
        let descriptor = Self.socket()
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        if let cancellation {
            guard cancellation.begin({ _ = shutdown(descriptor, Int32(SHUT_RDWR)) }) else { throw .cancelled }
        }
        defer { cancellation?.end() }
        do throws(RuntimeError) {
            try connect(descriptor)
            var head = "\(method) \(path) HTTP/1.1\r\nhost: 127.0.0.1:\(port)\r\nconnection: close\r\n"
            // Filtered, so that a value cannot smuggle in another header.
            for (name, value) in headers {
                let isSafe = value.isHeaderValue
                head +=
                    "\(name): \(isSafe ? value : String(value.unicodeScalars.filter { String($0).isHeaderValue }))\r\n"
            }
            if method != "GET" { head += "content-length: \(body.count)\r\n" }
            try write(Array(head.utf8) + [13, 10], descriptor)
            try write(body, descriptor)
            var answer = LoopbackAnswer(
                descriptor,
                .init(bodyByteCount: bodyLimit, silence: timeLimit, deadline: .now + Self.wholeLimit)
            )
            return try answer.read()
        } catch {
            if cancellation?.isCancelled == true { throw .cancelled }
            throw error
        }
    }

    private func connect(_ descriptor: Int32) throws(RuntimeError) {
        var limit = timeval(tv_sec: timeLimit, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = Self.address(port: port)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Self.unreachable }
    }

    /// Nothing listens on the port, so nothing was sent.
    static let unreachable = RuntimeError.programFailed(reason: "its program cannot be reached")

    private func write(_ bytes: [UInt8], _ descriptor: Int32) throws(RuntimeError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // The program may respond before it has read everything; read its response.
            if count < 0, errno == EPIPE || errno == ECONNRESET { return }
            guard count > 0 else { throw failure() }
            rest = rest.dropFirst(count)
        }
    }

    private func failure() -> RuntimeError {
        .programFailed(reason: "its program cannot be reached (\(String(cString: strerror(errno))))")
    }
}
