import Foundation
import TestSupport
import Testing

@testable import ServerApp

@Suite("Certificate authority")
struct CertificateAuthorityTests {
    @Test("a host's certificate is made anew after 30 days, long before it expires")
    func renewal() throws {
        try withTemporaryFolder { folder in
            let authority = try CertificateAuthority(folder: folder + "/authority")
            let (start, day) = (Date(), 24.0 * 3600)
            let first = try authority.context(for: "s3.amazonaws.com", at: start)
            #expect(try authority.context(for: "s3.amazonaws.com", at: start + 29 * day) === first)
            #expect(try authority.context(for: "sts.amazonaws.com", at: start) !== first)
            let second = try authority.context(for: "s3.amazonaws.com", at: start + 30 * day)
            #expect(second !== first)
            #expect(try authority.context(for: "s3.amazonaws.com", at: start + 59 * day) === second)
        }
    }
}
