/// Decides who may use the server. Whatever a caller may do is asked here.
package enum AccessPolicy: Sendable {
    /// Everybody who reaches the server: only this machine does. Signatures are ignored.
    case open
    /// Callers that sign their requests with one of the server's keys, and programs on this machine for APIs without signatures.
    case signed(AccessKeys)
    /// Nobody, for APIs with signatures: other machines can reach the server, and verification is off.
    case closed

    package var isOpen: Bool {
        if case .open = self { return true }
        return false
    }

    /// Whether APIs without signatures are for programs on this machine only. Otherwise, verification would be pointless: who
    /// leaves out the signature could do the same through another API.
    package var isLocalWithoutSignature: Bool {
        if case .signed = self { return true }
        return false
    }
}
