import Foundation
import Synchronization

/// Listens on a port of the loopback address, and answers each connection with the same bytes.
final class RawServer: Sendable {
    let port: Int
    private let descriptor: Int32
    private let seen = Mutex<[String]>([])

    /// - Parameter holdsOpen: Whether a connection stays open after the answer.
    init(_ answer: String, repeated count: Int = 1, holdsOpen: Bool = false) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        port = Int(UInt16(bigEndian: address.sin_port))
        self.descriptor = descriptor
        let thread = Thread { [self] in
            var held: [Int32] = []
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { break }
                respond(connection, Array(answer.utf8), count)
                if holdsOpen { held.append(connection) } else { close(connection) }
            }
            for connection in held { close(connection) }
        }
        thread.start()
    }

    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    /// The heads of the requests.
    var requests: [String] { seen.withLock { $0 } }

    private func respond(_ connection: Int32, _ answer: [UInt8], _ count: Int) {
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !String(decoding: head, as: UTF8.self).contains("\r\n\r\n") {
            let read = recv(connection, &buffer, buffer.count, 0)
            guard read > 0 else { return }
            head += buffer[..<read]
        }
        seen.withLock { $0.append(String(decoding: head, as: UTF8.self)) }
        for _ in 0..<count where send(connection, answer, answer.count, Int32(MSG_NOSIGNAL)) < 0 { return }
    }
}
