import Foundation
import Testing

@testable import AWS

/// From the S3 documentation.
struct PresignedV2Tests {
    @Test("the S3 example of a URL that is presigned with version 2 is valid until it expires, and for no other object")
    func expiry() throws {
        func problem(_ path: String, at time: Double) throws -> SignatureProblem? {
            let request = SignedRequest(
                method: "GET",
                path: path,
                query:
                    "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620",
                headers: ["host": "s3.us-west-1.amazonaws.com"]
            )
            let presigned = try #require(PresignedV2(of: request))
            do throws(SignatureProblem) {
                try presigned.verify(
                    request,
                    secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                    now: Date(timeIntervalSince1970: time)
                )
                return nil
            } catch {
                return error
            }
        }
        #expect(try problem("/johnsmith/photos/puppy.jpg", at: 1_175_139_620) == nil)
        #expect(try problem("/johnsmith/photos/puppy.jpg", at: 1_175_139_621) == .expired)
        #expect(try problem("/johnsmith/photos/other.jpg", at: 1_175_139_620) == .wrong)
    }
}
