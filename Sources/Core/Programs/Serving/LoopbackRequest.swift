import Foundation
import Synchronization

/// One blocking HTTP/1.1 request to a program on a local port. Each attempt to send it has its own connection.
package final class LoopbackRequest: Sendable {
    private struct State {
        var isCancelled = false
        /// The open connection.
        var descriptor: Int32?
        var onCancel: (@Sendable () -> Void)?
    }

    private let method: String
    private let path: String
    private let headers: [(name: String, value: String)]
    private let body: [UInt8]
    /// Seconds that the program may be silent.
    private let timeLimit: Int
    /// The maximum bytes of the response's body.
    private let bodyLimit: Int
    private let state = Mutex(State())

    /// The longest that a response may take, however steadily it comes.
    private static let wholeLimit: Duration = .seconds(3600)

    package init(
        _ method: String,
        _ path: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        timeLimit: Int = 60,
        bodyLimit: Int = 256 << 20
    ) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.timeLimit = timeLimit
        self.bodyLimit = bodyLimit
    }

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Ends the request from another thread, now or when it is sent.
    package func cancel() {
        let onCancel = state.withLock {
            $0.isCancelled = true
            // Under the lock, so that the descriptor is not closed meanwhile.
            if let descriptor = $0.descriptor { shutdown(descriptor, Int32(SHUT_RDWR)) }
            return $0.onCancel
        }
        onCancel?()
    }

    /// Calls `action` when the request is canceled from now on, on the thread that cancels it.
    func onCancel(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.onCancel = action } }

    func send(to port: UInt16) throws(ProgramError) -> LoopbackResponse {
        let descriptor = Self.socket()
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        let isCancelled = state.withLock {
            $0.descriptor = descriptor
            return $0.isCancelled
        }
        defer { state.withLock { $0.descriptor = nil } }
        guard !isCancelled else { throw .cancelled }
        do throws(ProgramError) {
            try connect(descriptor, port)
            try write(head(port) + [13, 10], descriptor)
            try write(body, descriptor)
            var reader = LoopbackResponseReader(
                descriptor,
                .init(bodyByteCount: bodyLimit, silence: timeLimit, deadline: .now + Self.wholeLimit)
            )
            return try reader.read()
        } catch {
            throw self.isCancelled ? .cancelled : error
        }
    }

    private func head(_ port: UInt16) -> [UInt8] {
        var head = Array("\(method) \(path) HTTP/1.1\r\nhost: 127.0.0.1:\(port)\r\nconnection: close\r\n".utf8)
        for (name, value) in headers {
            head += "\(name): ".utf8
            // No control characters, so that a value cannot smuggle in another header.
            head += value.utf8.lazy.filter { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
            head += [13, 10]
        }
        if method != "GET" { head += "content-length: \(body.count)\r\n".utf8 }
        return head
    }

    private func connect(_ descriptor: Int32, _ port: UInt16) throws(ProgramError) {
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
        guard status == 0 else { throw .unreachable }
    }

    private func write(_ bytes: [UInt8], _ descriptor: Int32) throws(ProgramError) {
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

    private func failure() -> ProgramError { .connectionFailed(reason: String(cString: strerror(errno))) }

    // MARK: Sockets

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
}
