import Foundation

/// An IP address, and whether outgoing calls may go to it.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    package enum Reach: Int, Sendable, Comparable {
        case everywhere
        /// Only if the server may call private addresses.
        case ifPrivateIsAllowed
        /// Addresses that no service of a user has: clouds' metadata, link-local, multicast, unspecified.
        case never

        package static func < (one: Reach, other: Reach) -> Bool { one.rawValue < other.rawValue }
    }

    /// Four bytes or sixteen, in network order.
    private let bytes: [UInt8]

    /// - Parameter text: An address as `inet_pton` reads it.
    package init?(_ text: String) {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: four) { Array($0) }
            return
        }
        var sixteen = in6_addr()
        guard inet_pton(AF_INET6, text, &sixteen) == 1 else { return nil }
        bytes = withUnsafeBytes(of: sixteen) { Array($0) }
    }

    init(_ address: in_addr) { bytes = withUnsafeBytes(of: address) { Array($0) } }

    init(_ address: in6_addr) { bytes = withUnsafeBytes(of: address) { Array($0) } }

    var isIPv6: Bool { bytes.count == 16 }

    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        _ = bytes.withUnsafeBytes { bytes in
            inet_ntop(isIPv6 ? AF_INET6 : AF_INET, bytes.baseAddress, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package var reach: Reach { isIPv6 ? Self.reach(sixteen: bytes) : Self.reach(four: bytes[...]) }

    /// - Source: IANA's registry of special-purpose addresses, and the metadata services of the large clouds.
    private static func reach(four bytes: ArraySlice<UInt8>) -> Reach {
        let address = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        func isIn(_ network: UInt32, _ length: UInt32) -> Bool { (address ^ network) >> (32 - length) == 0 }
        // This host, link-local, multicast, reserved and broadcast, and a metadata service in the shared address space.
        if isIn(0x0000_0000, 8) || isIn(0xA9FE_0000, 16) || isIn(0xE000_0000, 4) || isIn(0xF000_0000, 4)
            || address == 0x6464_64C8
        {
            return .never
        }
        // Loopback, private use, shared address space, protocol assignments, benchmarks.
        if isIn(0x7F00_0000, 8) || isIn(0x0A00_0000, 8) || isIn(0xAC10_0000, 12) || isIn(0xC0A8_0000, 16)
            || isIn(0x6440_0000, 10) || isIn(0xC000_0000, 24) || isIn(0xC612_0000, 15)
        {
            return .ifPrivateIsAllowed
        }
        return .everywhere
    }

    private static func reach(sixteen bytes: [UInt8]) -> Reach {
        func begins(_ prefix: UInt8...) -> Bool { bytes.starts(with: prefix) }
        if bytes.allSatisfy({ $0 == 0 }) { return .never }
        if bytes.dropLast().allSatisfy({ $0 == 0 }), bytes.last == 1 { return .ifPrivateIsAllowed }
        // Addresses that carry an IPv4 address: IPv4-compatible, mapped, translated, NAT64.
        let last = bytes.suffix(4)
        let isMapped =
            bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == bytes[11] && [0, 0xFF].contains(bytes[10])
        let isTranslated = bytes.prefix(8).allSatisfy { $0 == 0 } && Array(bytes[8..<12]) == [0xFF, 0xFF, 0, 0]
        let isNAT64 = begins(0, 0x64, 0xFF, 0x9B) && bytes[4..<12].allSatisfy { $0 == 0 }
        if isMapped || isTranslated || isNAT64 { return reach(four: last) }
        // NAT64 of a private network: where the IPv4 address stands depends on the network.
        if begins(0, 0x64, 0xFF, 0x9B, 0, 1) { return max(.ifPrivateIsAllowed, reach(four: last)) }
        // 6to4, and Teredo with a server's and an inverted client's address.
        if begins(0x20, 0x02) { return reach(four: bytes[2..<6]) }
        if begins(0x20, 0x01, 0, 0) { return max(reach(four: bytes[4..<8]), reach(four: last.map { ~$0 }[...])) }
        // Multicast, link-local, and the metadata service fd00:ec2::254.
        if bytes[0] == 0xFF || bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80 { return .never }
        if begins(0xFD, 0, 0x0E, 0xC2) && bytes[4..<14].allSatisfy({ $0 == 0 }) && Array(bytes[14...]) == [0x02, 0x54] {
            return .never
        }
        // Unique local, and the site-local addresses that preceded them.
        if bytes[0] & 0xFE == 0xFC || bytes[0] == 0xFE && bytes[1] & 0xC0 == 0xC0 { return .ifPrivateIsAllowed }
        return .everywhere
    }
}
