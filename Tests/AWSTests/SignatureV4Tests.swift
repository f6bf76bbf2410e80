import Foundation
import Testing

@testable import AWS

/// AWS's own examples, from its Signature Version 4 test suite and the S3 documentation.
struct SignatureV4Tests {
    private static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    private static let documentedSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    private static let empty = SignatureV4.hash(Data())

    private func signature(
        _ request: SignedRequest,
        payload: String = empty,
        secret: String = secret,
        encodesPath: Bool = true
    ) throws -> String {
        let signature = try SignatureV4(of: request)
        let canonical = signature.canonicalRequest(request, payload: payload, encodesPath: encodesPath)
        return signature.signature(of: canonical, secret: secret)
    }

    private func request(_ method: String, _ path: String, _ query: String, _ names: String) -> SignedRequest {
        SignedRequest(
            method: method,
            path: path,
            query: query,
            headers: [
                "host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z",
                "authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                    + "SignedHeaders=\(names), Signature=00",
            ]
        )
    }

    @Test(
        "signatures match the AWS test suite",
        arguments: [
            ("GET", "/", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
            (
                "GET", "/", "Param2=value2&Param1=value1",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
            ),
            ("POST", "/", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ]
    )
    func suite(method: String, path: String, query: String, expected: String) throws {
        #expect(try signature(request(method, path, query, "host;x-amz-date")) == expected)
    }

    @Test("the S3 example of a signed header matches")
    func header() throws {
        let request = SignedRequest(
            method: "GET",
            path: "/test.txt",
            query: "",
            headers: [
                "host": "examplebucket.s3.amazonaws.com", "range": "bytes=0-9", "x-amz-content-sha256": Self.empty,
                "x-amz-date": "20130524T000000Z",
                "authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                    + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=00",
            ]
        )
        let found = try signature(request, secret: Self.documentedSecret, encodesPath: false)
        #expect(found == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    private static let presignedQuery =
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"

    @Test("the S3 example of a presigned URL is valid until it expires")
    func presigned() throws {
        let request = SignedRequest(
            method: "GET",
            path: "/test.txt",
            query: Self.presignedQuery,
            headers: ["host": "examplebucket.s3.amazonaws.com"]
        )
        let signature = try SignatureV4(of: request)
        func problem(_ request: SignedRequest, after seconds: Double) -> SignatureProblem? {
            do throws(SignatureProblem) {
                try signature.verify(
                    request,
                    payload: SignatureV4.unsignedPayload,
                    secret: Self.documentedSecret,
                    encodesPath: false,
                    now: Date(timeIntervalSince1970: 1_369_353_600 + seconds)
                )
                return nil
            } catch {
                return error
            }
        }
        #expect(problem(request, after: 60) == nil)
        #expect(problem(request, after: 86_401) == .expired)
        #expect(problem(request, after: -1000) == .skewed)
        let other = SignedRequest(method: "GET", path: "/other.txt", query: request.query, headers: request.headers)
        #expect(problem(other, after: 60) == .wrong)
    }

    @Test(
        "an invalid signature is rejected with its problem",
        arguments: [
            ("AWS AKID:c2ln", SignatureProblem.unsupported),
            ("AWS4-ECDSA-P256-SHA256 Credential=a", .unsupported),
            ("Bearer x", .malformed("Unsupported authorization type")),
            ("AWS4-HMAC-SHA256", .malformed("Authorization header requires 'Credential' parameter.")),
            (
                "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0",
                .malformed("Credential must have the form KEY/DATE/REGION/SERVICE/aws4_request.")
            ),
            (
                "AWS4-HMAC-SHA256 Credential=a/20150830/r/s/aws4_request, SignedHeaders=x-amz-date, Signature=0",
                .unsignedHeader("host")
            ),
            (
                "AWS4-HMAC-SHA256 Credential=a/20150830/r/s/aws4_request, SignedHeaders=host, Signature=0",
                .unsignedHeader("x-amz-date")
            ),
        ]
    )
    func malformed(authorization: String, problem: SignatureProblem) {
        let headers = ["host": "h", "x-amz-date": "20150830T123600Z", "authorization": authorization]
        #expect(throws: problem) {
            _ = try SignatureV4(of: SignedRequest(method: "GET", path: "/", query: "", headers: headers))
        }
    }
}
