package import AWS
import Definitions
import Encodings
package import Foundation

/// The body of a request, in pieces.
package typealias S3Body = any AsyncSequence<[UInt8], any Error> & Sendable

/// The head of a request to S3.
package struct S3Request: Sendable {
    /// Query parameters that replace a header of the response.
    static let overrides = [
        "response-content-type": "content-type", "response-content-language": "content-language",
        "response-expires": "expires", "response-cache-control": "cache-control",
        "response-content-disposition": "content-disposition", "response-content-encoding": "content-encoding",
    ]

    package let method: String
    /// Empty if the request names none.
    package let bucket: String
    /// Empty if the request names none.
    package let key: String
    package let query: [(name: String, value: String)]
    /// The headers, by their names in lower case.
    package let headers: [String: String]
    /// The region of the credential scope.
    package let region: String
    /// Verifies the signatures of the body's chunks; `nil` if they are not signed, or signatures are not verified.
    package let chunkSignatures: ChunkSignatures?
    package let time: Date
    package let id = String(UUID().uuidString.replacing("-", with: "").prefix(16))

    /// - Parameters:
    ///   - target: The path and query as received, percent-encoded.
    ///   - headers: The headers by their names in lower case, including `host`.
    package init(
        method: String,
        target: String,
        headers: [String: String],
        region: String,
        chunkSignatures: ChunkSignatures? = nil,
        time: Date = Date()
    ) throws(AWSError) {
        self.method = method
        self.headers = headers
        self.region = region
        self.chunkSignatures = chunkSignatures
        self.time = time
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].hasPrefix("/") ? parts[0].dropFirst() : parts[0]
        if let bucket = AWSHost(headers["host"] ?? "")?.bucket {
            self.bucket = bucket
            key = try Self.decode(path, "key")
        } else {
            let names = path.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            bucket = try Self.decode(names.first ?? "", "bucket")
            key = names.count > 1 ? try Self.decode(names[1], "key") : ""
        }
        var query: [(name: String, value: String)] = []
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = sides.count > 1 ? sides[1].replacing("+", with: "%20")[...] : ""
            query.append((try Self.decode(sides[0], "query"), try Self.decode(value, "query")))
        }
        self.query = query
        try Self.check(key)
    }

    /// Creates the request that puts a form's object into the bucket that the form was sent to.
    ///
    /// - Parameter headers: The fields of the form.
    init(form: S3Request, key: String, headers: [String: String]) throws(AWSError) {
        try Self.check(key)
        method = "PUT"
        bucket = form.bucket
        self.key = key
        query = []
        self.headers = headers
        region = form.region
        chunkSignatures = nil
        time = form.time
    }

    /// Creates the request that reads an object for a page of a web site.
    init(reading key: String, in bucket: String, method: String, headers: [String: String]) throws(AWSError) {
        try Self.check(key)
        self.method = method
        self.bucket = bucket
        self.key = key
        query = []
        self.headers = headers
        region = "us-east-1"
        chunkSignatures = nil
        time = Date()
    }

    private static func check(_ key: String) throws(AWSError) {
        guard key.utf8.count <= ObjectRecord.keyLimit else {
            throw AWSError("KeyTooLongError", "Your key is too long. The limit is \(ObjectRecord.keyLimit) bytes.")
        }
        guard !key.utf8.contains(0) else {
            throw AWSError("InvalidArgument", "A key must not contain the NUL character.")
        }
    }

    /// Decodes percent-encoded text. A plus sign stays a plus sign.
    static func decode(_ text: Substring, _ what: String) throws(AWSError) -> String {
        do throws(PercentEncoding.Problem) {
            return try PercentEncoding.decode(text)
        } catch {
            switch error {
            case .incompleteEscape:
                throw AWSError(
                    "InvalidURI",
                    "Couldn't parse the specified URI: the \(what) has an invalid percent-encoding."
                )
            case .notUTF8:
                throw AWSError("InvalidURI", "Couldn't parse the specified URI: the \(what) is not UTF-8.")
            }
        }
    }

    /// Returns a parameter of the query.
    func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// Returns a query parameter that is a number from 0 on, capped at `limit`.
    func count(_ name: String, limit: Int) throws(AWSError) -> Int {
        guard let text = parameter(name), !text.isEmpty else { return limit }
        guard let count = Int(text), count >= 0, count <= Int32.max else {
            throw AWSError(
                "InvalidArgument",
                "Provided \(name) not an integer or within integer range: '\(text.prefix(40))'."
            )
        }
        return min(count, limit)
    }

    /// The announced length of the payload in bytes.
    var declaredByteCount: Int? {
        let text = isChunked ? headers["x-amz-decoded-content-length"] : headers["content-length"]
        return text.flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
    }

    /// Whether the payload comes in AWS's own chunks, inside those of HTTP.
    var isChunked: Bool {
        headers["x-amz-content-sha256"]?.hasPrefix("STREAMING-") == true
            || headers["content-encoding"]?.lowercased().contains("aws-chunked") == true
    }
}
