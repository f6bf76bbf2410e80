import Foundation
import WorkThreads

/// Resolves the names of hosts.
enum HostResolver {
    /// Returns the addresses of a host, without duplicates, in the order in which they should be tried.
    static func addresses(of host: String) async throws -> [IPAddress] {
        try await offload {
            var hints = addrinfo()
            hints.ai_family = AF_UNSPEC
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var list: UnsafeMutablePointer<addrinfo>?
            guard getaddrinfo(host, nil, &hints, &list) == 0 else { throw OutgoingError.unresolvedHost(host) }
            defer { freeaddrinfo(list) }
            var found: [IPAddress] = []
            var next = list
            while let entry = next {
                next = entry.pointee.ai_next
                guard let socket = entry.pointee.ai_addr, let address = address(socket), !found.contains(address)
                else { continue }
                found.append(address)
            }
            guard !found.isEmpty else { throw OutgoingError.unresolvedHost(host) }
            return found
        }
    }

    private static func address(_ socket: UnsafeMutablePointer<sockaddr>) -> IPAddress? {
        switch Int32(socket.pointee.sa_family) {
        case AF_INET:
            socket.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { IPAddress($0.pointee.sin_addr) }
        case AF_INET6:
            socket.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { IPAddress($0.pointee.sin6_addr) }
        default: nil
        }
    }
}
