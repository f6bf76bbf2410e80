import Testing

@testable import Outgoing

/// Which addresses outgoing calls may have.
struct IPAddressTests {
    @Test(
        "public addresses are allowed",
        arguments: [
            "8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0", "169.253.0.1",
            "192.167.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
        ]
    )
    func everywhere(_ text: String) throws {
        #expect(try #require(IPAddress(text)).reach == .everywhere)
    }

    @Test(
        "private addresses are allowed only with the option, in every notation",
        arguments: [
            "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
            "198.18.0.1", "192.0.0.8", "::1", "fc00::1", "fd12:3456::1", "fec0::1", "::ffff:127.0.0.1",
            "::ffff:10.1.2.3", "::127.0.0.1", "::ffff:0:192.168.0.1", "64:ff9b::a00:1", "64:ff9b:1::808:808",
            "2002:7f00:1::", "2002:c0a8:101::", "2001:0:808:808::f5ff:fffe",
        ]
    )
    func privateAddresses(_ text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.reach == .ifPrivateIsAllowed)
        let isPrivate = OutgoingError.addressNotAllowed(host: "h", address: address.description, isPrivate: true)
        #expect(throws: isPrivate) { try OutgoingClient(allowsPrivateAddresses: false).check([address], of: "h") }
        try OutgoingClient(allowsPrivateAddresses: true).check([address], of: "h")
    }

    @Test(
        "metadata, link-local, multicast and unspecified addresses are never allowed",
        arguments: [
            "169.254.169.254", "169.254.0.1", "100.100.100.200", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255",
            "240.0.0.1", "255.255.255.255", "::", "fe80::1", "febf::1", "ff02::1", "fd00:ec2::254",
            "::ffff:169.254.169.254", "::169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
            "64:ff9b:1::a9fe:a9fe", "::ffff:0.0.0.0", "2001:0:a9fe:a9fe::1",
        ]
    )
    func never(_ text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.reach == .never)
        #expect(throws: OutgoingError.self) {
            try OutgoingClient(allowsPrivateAddresses: true).check([address], of: "h")
        }
    }

    @Test("one address of a host that is not allowed refuses the host")
    func allAddresses() throws {
        let addresses = try ["8.8.8.8", "127.0.0.1"].map { try #require(IPAddress($0)) }
        #expect(throws: OutgoingError.self) {
            try OutgoingClient(allowsPrivateAddresses: false).check(addresses, of: "h")
        }
    }

    @Test("an address is written as it was read", arguments: ["127.0.0.1", "::1", "2606:4700:4700::1111"])
    func description(_ text: String) {
        #expect(IPAddress(text)?.description == text)
    }
}
