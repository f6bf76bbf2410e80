import Foundation
import Synchronization

/// One HTTP/1.1 request to a port of this machine, on a connection of its own. It blocks.
struct LoopbackRequest {
    struct Answer {
        var status: Int
        var contentType: String?
        var body: [UInt8]
    }

    let port: UInt16
    /// Seconds that the other side may be silent.
    let timeLimit: Int

    private static let bodyLimit = 256 << 20
    private static let headLimit = 64 << 10

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
            // A header cannot smuggle in another.
            for (name, value) in headers { head += "\(name): \(value.filter { $0 >= " " || $0 == "\t" })\r\n" }
            if method != "GET" { head += "content-length: \(body.count)\r\n" }
            try write(Array(head.utf8) + [13, 10], descriptor)
            try write(body, descriptor)
            return try readAnswer(descriptor)
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

    /// Nobody listens: nothing was sent.
    static let unreachable = RuntimeError.programFailed(reason: "its program cannot be reached")

    private func write(_ bytes: [UInt8], _ descriptor: Int32) throws(RuntimeError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // It may answer before it has read everything: what it says is read then.
            if count < 0, errno == EPIPE || errno == ECONNRESET { return }
            guard count > 0 else { throw failure() }
            rest = rest.dropFirst(count)
        }
    }

    // MARK: The answer

    private func readAnswer(_ descriptor: Int32) throws(RuntimeError) -> Answer {
        var bytes: [UInt8] = []
        var headEnd: Int?
        // 1xx answers come before the one that counts.
        while true {
            while headEnd == nil {
                guard try read(descriptor, &bytes) else {
                    throw Self.closed
                }
                headEnd = Self.endOfHead(bytes)
                guard bytes.count < Self.headLimit || headEnd != nil else { throw Self.garbled }
            }
            guard bytes.starts(with: Array("HTTP/1.1 1".utf8)), let end = headEnd else { break }
            bytes.removeFirst(end)
            headEnd = Self.endOfHead(bytes)
        }
        let lines = String(decoding: bytes[..<(headEnd ?? 0)], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count > 1, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { throw Self.garbled }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces
            )
        }
        bytes.removeFirst(headEnd ?? 0)
        var answer = Answer(status: status, contentType: headers["content-type"], body: [])
        if headers["transfer-encoding"]?.lowercased().contains("chunked") == true {
            answer.body = try readChunks(descriptor, bytes)
        } else if status == 204 || status == 304 {
            answer.body = []
        } else if let length = headers["content-length"] {
            guard let count = Int(length), (0...Self.bodyLimit).contains(count) else { throw Self.garbled }
            while bytes.count < count {
                guard try read(descriptor, &bytes) else { throw Self.brokenOff }
            }
            answer.body = Array(bytes.prefix(count))
        } else {
            while try read(descriptor, &bytes) {}
            answer.body = bytes
        }
        return answer
    }

    private func readChunks(_ descriptor: Int32, _ start: [UInt8]) throws(RuntimeError) -> [UInt8] {
        var bytes = start[...]
        var body: [UInt8] = []
        func more() throws(RuntimeError) {
            var rest = Array(bytes)
            guard try read(descriptor, &rest) else { throw Self.brokenOff }
            bytes = rest[...]
        }
        while true {
            while bytes.firstIndex(of: 10) == nil {
                guard bytes.count < 1024 else { throw Self.garbled }
                try more()
            }
            let end = bytes.firstIndex(of: 10) ?? bytes.startIndex
            let line = String(decoding: bytes[..<end], as: UTF8.self)
            let digits = line.prefix { $0.isHexDigit }
            guard let count = Int(digits, radix: 16), body.count + count <= Self.bodyLimit else { throw Self.garbled }
            bytes = bytes[(end + 1)...]
            if count == 0 { return body }
            while bytes.count < count + 2 { try more() }
            body += bytes.prefix(count)
            bytes = bytes.dropFirst(count + 2)
        }
    }

    /// Reads what is there; `false` at the end.
    private func read(_ descriptor: Int32, _ bytes: inout [UInt8]) throws(RuntimeError) -> Bool {
        guard bytes.count <= Self.bodyLimit + Self.headLimit else {
            throw .programFailed(reason: "its program's answer is larger than \(Self.bodyLimit >> 20) MiB")
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                switch errno {
                case EAGAIN: throw .programFailed(reason: "its program did not answer in \(timeLimit) s")
                // One that ends with some of the request unread resets the connection; with all of it read, it closes it.
                case ECONNRESET: throw Self.closed
                default: throw failure()
                }
            }
            bytes += buffer[..<count]
            return count > 0
        }
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        var index = 3
        while index < bytes.count {
            if bytes[index] == 10, bytes[index - 1] == 13, bytes[index - 2] == 10, bytes[index - 3] == 13 {
                return index + 1
            }
            index += 1
        }
        return nil
    }

    private static let closed = RuntimeError.programFailed(reason: "its program closed the connection")
    private static let brokenOff = RuntimeError.programFailed(reason: "its program broke off its answer")
    private static let garbled = RuntimeError.programFailed(reason: "its program's answer is no HTTP")

    private func failure() -> RuntimeError {
        .programFailed(reason: "its program cannot be reached (\(String(cString: strerror(errno))))")
    }
}
