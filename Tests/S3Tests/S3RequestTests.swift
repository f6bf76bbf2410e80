import Definitions
import Testing

@testable import AWS
@testable import S3

@Suite("S3 requests")
struct S3RequestTests {
    private func request(
        _ target: String,
        method: String = "GET",
        headers: [String: String] = [:]
    ) throws(AWSError) -> S3Request {
        try S3Request(method: method, target: target, headers: headers, region: "us-east-1")
    }

    @Test(
        "bucket and key are read from the path and decoded once",
        arguments: [
            ("/", "", ""),
            ("/bucket", "bucket", ""),
            ("/bucket/", "bucket", ""),
            ("/bucket/key", "bucket", "key"),
            ("/bucket/a/b%20c", "bucket", "a/b c"),
            ("/bucket/a+b", "bucket", "a+b"),
            ("/bucket/%2541", "bucket", "%41"),
            ("/bucket//a/../b/", "bucket", "/a/../b/"),
            ("/bucket/%2e%2e%2Fup", "bucket", "../up"),
            ("/bucket/%C3%BC?x-id=GetObject", "bucket", "ü"),
        ]
    )
    func path(target: String, bucket: String, key: String) throws {
        let request = try request(target)
        #expect(request.bucket == bucket)
        #expect(Array(request.key.utf8) == Array(key.utf8))
    }

    @Test(
        "a virtual host names the bucket",
        arguments: [
            ("b.s3.amazonaws.com", "b"), ("b.s3.eu-west-1.amazonaws.com:443", "b"),
            ("b.with.dots.s3.us-east-1.amazonaws.com", "b.with.dots"),
        ]
    )
    func virtualHost(host: String, bucket: String) throws {
        let request = try request("/b/key%20", headers: ["host": host])
        #expect(request.bucket == bucket)
        #expect(request.key == "b/key ")
    }

    @Test("invalid percent-encoding is rejected", arguments: ["/b/%", "/b/%4", "/b/%zz", "/b/%ff", "/b?prefix=%c3"])
    func malformed(target: String) {
        #expect(throws: AWSError.self) { try request(target) }
    }

    @Test("a key has at most 1024 bytes and no NUL")
    func keyLimits() throws {
        let longest = String(repeating: "ü", count: 512)
        #expect(try request("/b/\(longest)").key == longest)
        #expect(throws: AWSError("KeyTooLongError", "Your key is too long. The limit is 1024 bytes.")) {
            try request("/b/\(longest)x")
        }
        #expect(throws: AWSError.self) { try request("/b/a%00") }
    }

    @Test("in the query, + is a space and %2B is a plus sign")
    func query() throws {
        let request = try request("/b?prefix=a+b%2Bc&delimiter&x=")
        #expect(request.parameter("prefix") == "a b+c")
        #expect(request.parameter("delimiter") == "")
        #expect(request.parameter("none") == nil)
    }

    @Test(
        "method, path and query determine the operation",
        arguments: [
            ("GET", "/", S3Operation.listBuckets),
            ("GET", "/b?list-type=2&prefix=x", .listObjectsV2),
            ("GET", "/b?prefix=x&X-Amz-Credential=y&x-id=z", .listObjects),
            ("GET", "/b?location", .getBucketLocation),
            ("GET", "/b?uploads", .listMultipartUploads),
            ("GET", "/b/k?uploadId=1", .listParts),
            ("GET", "/b/k?AWSAccessKeyId=a&Signature=b&Expires=1&response-expires=x", .getObject),
            ("POST", "/b?delete", .deleteObjects),
            ("POST", "/b/k?uploads", .createMultipartUpload),
            ("POST", "/b/k?uploadId=1", .completeMultipartUpload),
            ("PUT", "/b/k?uploadId=1&partNumber=2", .uploadPart),
            ("PUT", "/b/k", .putObject),
            ("DELETE", "/b/k?uploadId=1", .abortMultipartUpload),
            ("DELETE", "/b/k", .deleteObject),
            ("DELETE", "/b", .deleteBucket),
        ] as [(String, String, S3Operation)]
    )
    func operation(method: String, target: String, operation: S3Operation) throws {
        #expect(try S3Operation(request(target, method: method)) == operation)
    }

    @Test("a copy source header makes the request a copy")
    func copies() throws {
        let headers = ["x-amz-copy-source": "/b/k"]
        #expect(try S3Operation(request("/b/c", method: "PUT", headers: headers)) == .copyObject)
        let part = "/b/c?uploadId=1&partNumber=2"
        #expect(try S3Operation(request(part, method: "PUT", headers: headers)) == .uploadPartCopy)
    }

    @Test(
        "an unsupported sub-resource is not mistaken for another operation",
        arguments: [
            ("PUT", "/b?encryption", 501), ("PUT", "/b?replication", 501), ("GET", "/b/k?torrent", 501),
            ("PUT", "/b?accelerate", 501), ("PUT", "/b/k?partNumber=1", 501), ("GET", "/b?location&acl", 501),
            ("POST", "/b/k", 405), ("PATCH", "/b", 405),
        ]
    )
    func unknown(method: String, target: String, status: Int) throws {
        let request = try request(target, method: method)
        let error = #expect(throws: AWSError.self) { try S3Operation(request) }
        #expect(error?.status == status)
    }

    @Test(
        "bucket names follow the S3 naming rules",
        arguments: [
            ("abc", true), ("a.b-c.9", true), (String(repeating: "x", count: 63), true), ("ab", false),
            (String(repeating: "x", count: 64), false), ("Abc", false), ("a_b", false), (".abc", false),
            ("abc-", false), ("a..b", false), ("10.0.0.1", false), ("10.0.0.1.2", true), ("büc", false), ("a/b", false),
        ]
    )
    func bucketName(name: String, isAllowed: Bool) { #expect(Name.isAllowed(bucket: name) == isAllowed) }
}
