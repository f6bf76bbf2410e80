import AWS
import Buckets
import Checksums
import Definitions
import Encodings
import Foundation

extension S3Service {
    /// Headers that are stored with an object and returned with it, like those that begin with `x-amz-meta-`.
    private static let keptHeaders = [
        "cache-control", "content-disposition", "content-encoding", "content-language", "expires",
    ]
    /// Headers of unsupported features. Without the feature, the object would not be what the client asked for.
    private static let refusedHeaders = [
        "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date", "x-amz-object-lock-legal-hold",
        "x-amz-server-side-encryption-customer-algorithm", "x-amz-website-redirect-location",
        "x-amz-write-offset-bytes",
    ]
    private static let metadataLimit = 2048
    /// How the headers begin in which an object keeps what is not returned as it is.
    private static let ownHeaders = "x-roost-"

    /// Returns the content type and the headers of the object that a request creates.
    func described(_ request: S3Request) throws(AWSError) -> (contentType: String?, headers: [String: String]) {
        if let header = Self.refusedHeaders.first(where: { request.headers[$0] != nil }) {
            throw Self.notImplemented(header)
        }
        var kept = request.headers.filter { $0.key.hasPrefix("x-amz-meta-") }
        let size = kept.reduce(0) { $0 + $1.key.utf8.count - "x-amz-meta-".utf8.count + $1.value.utf8.count }
        guard size <= Self.metadataLimit else {
            throw AWSError("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size.")
        }
        for name in Self.keptHeaders { kept[name] = request.headers[name] }
        try kept.merge(StorageHeaders.headers(of: request)) { $1 }
        if let tags = try ObjectTags(header: request), !tags.query.isEmpty {
            kept[ObjectRecord.tagsHeader] = tags.query
        }
        if let encoding = kept["content-encoding"] {
            // `aws-chunked` is how the body was sent, not what the object is.
            let rest = encoding.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
                .filter { $0.lowercased() != "aws-chunked" && !$0.isEmpty }
            kept["content-encoding"] = rest.isEmpty ? nil : rest.joined(separator: ", ")
        }
        let contentType = request.headers["content-type"]
        for (name, value) in kept.sorted(by: { $0.key < $1.key }) + [("content-type", contentType ?? "")] {
            try Self.checkHeader(name, value)
        }
        return (contentType, kept)
    }

    /// Checks a response header that comes from a form or a query, where the rules of headers do not apply.
    private static func checkHeader(_ name: String, _ value: String) throws(AWSError) {
        guard name.isHeaderName, value.isHeaderValue else {
            throw AWSError(
                "InvalidArgument",
                "'\(name.prefix(100))' cannot be a response header: its name or value has characters that are not "
                    + "allowed in headers."
            )
        }
    }

    func putObject(_ request: S3Request, _ body: S3Body) async throws -> S3Response {
        try await bucket(request)
        let described = try described(request)
        let condition = try writeCondition(request)
        let algorithm = try ChecksumAlgorithm(named: "x-amz-sdk-checksum-algorithm", in: request)
        let (stored, checksums) = try await store(request, body, algorithm: algorithm)
        let object = try await place(stored, checksums, described: described, as: request, if: condition)
        let checks = object.headers.filter { $0.key.hasPrefix("x-amz-checksum-") }
        return S3Response(
            headers: [("etag", "\"\(object.etag)\"")] + checks.map { ($0.key, $0.value) }
                + StorageHeaders.response(object.headers)
        )
    }

    /// Records stored bytes as the object that a request names.
    func place(
        _ stored: StoredBytes,
        _ checksums: [ChecksumAlgorithm: [UInt8]],
        described: (contentType: String?, headers: [String: String]),
        as request: S3Request,
        if condition: WriteCondition
    ) async throws -> ObjectRecord {
        var object = ObjectRecord(
            key: request.key,
            stored,
            contentType: described.contentType,
            headers: described.headers,
            modifiedAt: request.time
        )
        for (algorithm, value) in checksums { object.headers[algorithm.header] = Data(value).base64EncodedString() }
        if !checksums.isEmpty { object.headers["x-amz-checksum-type"] = "FULL_OBJECT" }
        try require(await buckets.putObject(object, in: request.bucket, if: condition))
        return object
    }

    /// Returns the condition that the existing object must meet.
    func writeCondition(_ request: S3Request) throws(AWSError) -> WriteCondition {
        if let match = request.headers["if-match"] {
            guard request.headers["if-none-match"] == nil else {
                throw Self.notImplemented("If-Match together with If-None-Match")
            }
            guard match.trimmingCharacters(in: .whitespaces) != "*" else {
                throw Self.notImplemented("If-Match with * (only an ETag is supported)")
            }
            return .etag(ETags.unquoted(match))
        }
        if let none = request.headers["if-none-match"] {
            guard none.trimmingCharacters(in: .whitespaces) == "*" else {
                throw Self.notImplemented("If-None-Match with a value other than *")
            }
            return .absent
        }
        return .none
    }

    func require(_ placement: ObjectPlacement) throws(AWSError) {
        switch placement {
        case .placed: break
        case .noBucket: throw Self.noBucket()
        case .noObject: throw Self.noKey()
        case .conditionFailed: throw Self.preconditionFailed()
        }
    }

    static func preconditionFailed() -> AWSError {
        AWSError(
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
            status: 412
        )
    }

    func open(_ key: String, in bucket: String) async throws -> OpenObject {
        if let object = try await buckets.open(ObjectURI(bucket: bucket, key: key)) { return object }
        throw try await buckets.bucket(named: bucket) == nil ? Self.noBucket() : Self.noKey()
    }

    func getObject(_ request: S3Request) async throws -> S3Response {
        try Self.checkVersion(request)
        let opened = try await open(request.key, in: request.bucket)
        let object = opened.record
        var answer = S3Response(headers: [
            ("etag", "\"\(object.etag)\""), ("last-modified", HTTPDate.string(object.modifiedAt)),
        ])
        switch ReadConditions(request).outcome(for: object) {
        case .holds: break
        case .notModified:
            answer.status = 304
            return answer
        case .failed: throw Self.preconditionFailed()
        }
        answer.headers.append(("accept-ranges", "bytes"))
        var described = object.headers.filter { header in
            !header.key.hasPrefix("x-amz-checksum-") && !header.key.hasPrefix(Self.ownHeaders)
        }
        if !object.tags.isEmpty { described["x-amz-tagging-count"] = "\(object.tags.count)" }
        described["content-type"] = object.contentType ?? "binary/octet-stream"
        for (parameter, header) in S3Request.overrides {
            guard let value = request.parameter(parameter) else { continue }
            try Self.checkHeader(parameter, value)
            described[header] = value
        }
        var range = 0..<object.byteCount
        if let part = try Self.wantedPart(request, of: object) {
            // The checksums are of the whole object, so they are left out.
            range = part
            if !part.isEmpty {
                answer.status = 206
                described["content-range"] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(object.byteCount)"
            }
            if request.parameter("partNumber") != nil, let parts = ObjectParts(of: object) {
                described["x-amz-mp-parts-count"] = "\(parts.count)"
            }
        } else if request.headers["x-amz-checksum-mode"]?.uppercased() == "ENABLED" {
            described.merge(object.headers.filter { $0.key.hasPrefix("x-amz-checksum-") }) { $1 }
        }
        answer.headers += described.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        answer.body = request.method == "HEAD" ? .omitted(byteCount: range.count) : .object(opened, range)
        return answer
    }

    /// Returns the bytes that a request asks for, or `nil` for the whole object. Only a part can be empty. As on S3, the last bytes of
    /// an empty object are the whole object.
    private static func wantedPart(_ request: S3Request, of object: ObjectRecord) throws(AWSError) -> Range<Int>? {
        let wanted = ByteRange(request.headers["range"])
        if request.parameter("partNumber") != nil {
            guard wanted == nil else {
                throw AWSError("InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
            }
            let number = try partNumber(request)
            // An object that was uploaded whole is its own first part.
            let parts = ObjectParts(of: object) ?? ObjectParts(byteCounts: [object.byteCount])
            guard let part = parts.range(of: number) else {
                throw AWSError("InvalidPartNumber", "The requested partnumber is not satisfiable", status: 416)
            }
            return part
        }
        guard let wanted, !(wanted.isSuffix && object.byteCount == 0) else { return nil }
        guard let part = wanted.resolved(byteCount: object.byteCount) else {
            throw AWSError("InvalidRange", "The requested range is not satisfiable", status: 416)
        }
        return part
    }

    func deleteObject(_ request: S3Request) async throws -> S3Response {
        try await bucket(request)
        let version = request.parameter("versionId")
        guard version == nil || version == "null" else {
            throw AWSError("InvalidArgument", "Invalid version id specified")
        }
        try await buckets.removeObjects([request.key], in: request.bucket)
        return S3Response(status: 204, headers: version.map { [("x-amz-version-id", $0)] } ?? [])
    }

    func deleteObjects(_ request: S3Request, _ body: S3Body) async throws -> S3Response {
        try await bucket(request)
        let bytes = try await document(request, body)
        let root = try XMLElement(parsing: bytes, named: "Delete")
        let elements = root.children.filter { $0.name == "Object" }
        guard (1...1000).contains(elements.count) else { throw XMLElement.malformed("1 to 1000 objects") }
        let wanted = try elements.map { element in
            guard let key = element.child("Key")?.text, !key.isEmpty else { throw XMLElement.malformed("no key") }
            return (key: key, version: element.child("VersionId")?.text)
        }
        let known = wanted.filter { $0.version == nil || $0.version == "null" }
        try await buckets.removeObjects(known.map(\.key), in: request.bucket)
        let isQuiet = root.child("Quiet")?.text.lowercased() == "true"
        var xml = XMLWriter()
        xml.element("DeleteResult", namespace: XMLWriter.namespace) { xml in
            for each in isQuiet ? [] : known {
                xml.element("Deleted") { xml in
                    xml.element("Key", each.key)
                    if let version = each.version { xml.element("VersionId", version) }
                }
            }
            for case (let key, let version?) in wanted where version != "null" {
                xml.element("Error") { xml in
                    xml.element("Key", key)
                    xml.element("VersionId", version)
                    xml.element("Code", "NoSuchVersion")
                    xml.element("Message", "The specified version does not exist.")
                }
            }
        }
        return S3Response(xml: xml)
    }
}
