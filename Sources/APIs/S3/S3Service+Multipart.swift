import AWS
import Buckets
import Checksums
import Crypto
import Definitions
import Encodings
import Foundation

extension S3Service {
    static let partCount = 1...10_000
    /// Minimum bytes of every part but the last.
    private static let partMinimum = 5 << 20
    /// From this total size on, joining the parts takes longer than some clients wait for a response.
    private static let lateByteCount = 1 << 30
    /// The header in which an object keeps the id of its upload, so that a client may complete the upload again.
    static let uploadHeader = "x-roost-upload"

    static func noUpload() -> AWSError {
        AWSError(
            "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted "
                + "or completed.",
            status: 404
        )
    }

    /// Returns the upload that a request names.
    func upload(_ request: S3Request) async throws -> UploadRecord {
        guard let upload = try await openUpload(request) else { throw Self.noUpload() }
        return upload
    }

    /// Returns the upload that a request names; `nil` if there is none, or no longer.
    private func openUpload(_ request: S3Request) async throws -> UploadRecord? {
        try await bucket(request)
        guard let id = request.parameter("uploadId"), let upload = try await buckets.upload(id),
            upload.bucket == request.bucket, upload.key.utf8.elementsEqual(request.key.utf8)
        else { return nil }
        return upload
    }

    func createUpload(_ request: S3Request) async throws -> S3Response {
        var described = try described(request)
        let check = try UploadCheck(request)
        for (name, value) in check?.headers ?? [] { described.headers[name] = value }
        let upload = UploadRecord(
            id: UUID().uuidString.lowercased().replacing("-", with: ""),
            bucket: request.bucket,
            key: request.key,
            contentType: described.contentType,
            headers: described.headers,
            createdAt: request.time
        )
        guard try await buckets.addUpload(upload) else { throw Self.noBucket() }
        var xml = XMLWriter()
        xml.element("InitiateMultipartUploadResult", namespace: XMLWriter.namespace) { xml in
            xml.element("Bucket", request.bucket)
            xml.element("Key", request.key)
            xml.element("UploadId", upload.id)
        }
        var answer = S3Response(xml: xml)
        answer.headers += check?.headers ?? []
        answer.headers += StorageHeaders.response(described.headers)
        return answer
    }

    static func partNumber(_ request: S3Request) throws(AWSError) -> Int {
        guard let number = request.parameter("partNumber").flatMap({ Int($0) }), partCount.contains(number) else {
            throw AWSError("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
        }
        return number
    }

    func uploadPart(_ request: S3Request, _ body: S3Body) async throws -> S3Response {
        let number = try Self.partNumber(request)
        let upload = try await upload(request)
        let check = UploadCheck(upload)
        let sent = try Checks(request)
        if let check, let other = Set(sent.values.keys).union(sent.trailers).first(where: { $0 != check.algorithm }) {
            throw AWSError(
                "InvalidRequest",
                "Checksum Type mismatch occurred, expected checksum Type: \(check.algorithm.rawValue.lowercased()), "
                    + "actual checksum Type: \(other.rawValue.lowercased())"
            )
        }
        let (stored, checksums) = try await store(request, body, algorithm: check?.algorithm)
        let part = try await place(stored, check, number, of: upload, at: request.time)
        var answer = S3Response(headers: [("etag", "\"\(part.etag)\"")])
        for (algorithm, value) in checksums {
            answer.headers.append((algorithm.header, Data(value).base64EncodedString()))
        }
        return answer
    }

    /// Records stored bytes as a part of an upload.
    func place(
        _ stored: StoredBytes,
        _ check: UploadCheck?,
        _ number: Int,
        of upload: UploadRecord,
        at time: Date
    ) async throws -> UploadPart {
        let part = UploadPart(
            number: number,
            blob: stored.blob,
            byteCount: stored.byteCount,
            etag: stored.md5.hexadecimal,
            checksum: check.flatMap { stored.checksums[$0.algorithm] }.map { Data($0).base64EncodedString() },
            modifiedAt: time
        )
        guard try await buckets.putPart(part, of: upload.id) else { throw Self.noUpload() }
        return part
    }

    func abortUpload(_ request: S3Request) async throws -> S3Response {
        let upload = try await upload(request)
        guard try await buckets.removeUpload(upload.id) else { throw Self.noUpload() }
        return S3Response(status: 204)
    }

    func completeUpload(_ request: S3Request, _ body: S3Body) async throws -> S3Response {
        let bytes = try await document(request, body)
        let condition = try writeCondition(request)
        guard let upload = try await openUpload(request) else { return try await completedBefore(request) }
        let check = UploadCheck(upload)
        let parts = try await namedParts(
            XMLElement(parsing: bytes, named: "CompleteMultipartUpload"),
            of: upload,
            check
        )
        let size = parts.reduce(0) { $0 + $1.byteCount }
        if let wanted = request.headers["x-amz-mp-object-size"], Int(wanted) != size {
            throw AWSError(
                "InvalidRequest",
                "The provided 'x-amz-mp-object-size' header does not match what was computed."
            )
        }
        let md5 = parts.flatMap { [UInt8](hexadecimal: $0.etag) ?? [] }
        var object = ObjectRecord(
            key: upload.key,
            blob: "",
            byteCount: size,
            etag: "\(Insecure.MD5.hash(data: md5).hexadecimal)-\(parts.count)",
            contentType: upload.contentType,
            headers: upload.headers,
            modifiedAt: request.time
        )
        object.headers[Self.uploadHeader] = upload.id
        object.headers[ObjectParts.header] = ObjectParts(byteCounts: parts.map(\.byteCount)).text
        object.headers["x-amz-checksum-algorithm"] = nil
        if let check, let checksum = check.whole(of: parts) {
            object.headers[check.algorithm.header] = checksum
            if let wanted = request.headers[check.algorithm.header], check.isFullObject, wanted != checksum {
                throw AWSError(
                    "BadDigest",
                    "The \(check.algorithm.rawValue) you specified did not match the calculated checksum."
                )
            }
        }
        let described = object
        let complete: @Sendable () async throws -> S3Response = {
            let placement = try await buckets.completeUpload(
                upload.id,
                of: parts,
                as: described,
                in: request.bucket,
                if: condition
            )
            guard let placement else { return try await completedBefore(request) }
            try require(placement)
            return completed(described, request)
        }
        guard size >= Self.lateByteCount else { return try await complete() }
        return S3Response(
            headers: [("content-type", "application/xml")],
            body: .late(Task { await answer(request, complete) })
        )
    }

    /// Returns the response for a client that lost it and retries, perhaps while the first request is still running.
    ///
    /// - Throws: `NoSuchUpload` if the object is not of this upload.
    private func completedBefore(_ request: S3Request) async throws -> S3Response {
        let object = try await buckets.object(at: ObjectURI(bucket: request.bucket, key: request.key))
        guard let object, object.headers[Self.uploadHeader] == request.parameter("uploadId") else {
            throw Self.noUpload()
        }
        return completed(object, request)
    }

    /// Returns the parts that a request lists, after checking them.
    private func namedParts(
        _ root: XMLElement,
        of upload: UploadRecord,
        _ check: UploadCheck?
    ) async throws -> [UploadPart] {
        let stored = Dictionary(
            uniqueKeysWithValues: try await buckets.parts(of: upload.id).map { ($0.number, $0) }
        )
        var parts: [UploadPart] = []
        for element in root.children where element.name == "Part" {
            guard let number = element.child("PartNumber").flatMap({ Int($0.text) }) else {
                throw XMLElement.malformed("a part has no number")
            }
            guard number > parts.last?.number ?? 0 else {
                throw AWSError(
                    "InvalidPartOrder",
                    "The list of parts was not in ascending order. Parts must be ordered by part number."
                )
            }
            let etag = ETags.unquoted(element.child("ETag")?.text ?? "")
            let checksum = check.flatMap { element.child("Checksum\($0.algorithm.rawValue)")?.text }
            guard let part = stored[number], part.etag == etag, checksum == nil || checksum == part.checksum else {
                throw AWSError(
                    "InvalidPart",
                    "One or more of the specified parts could not be found. The part may not have been uploaded, or "
                        + "the specified entity tag may not match the part's entity tag."
                )
            }
            parts.append(part)
        }
        guard !parts.isEmpty else { throw XMLElement.malformed("no parts") }
        guard parts.dropLast().allSatisfy({ $0.byteCount >= Self.partMinimum }) else {
            throw AWSError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
        }
        return parts
    }

    private func completed(_ object: ObjectRecord, _ request: S3Request) -> S3Response {
        var xml = XMLWriter()
        xml.element("CompleteMultipartUploadResult", namespace: XMLWriter.namespace) { xml in
            xml.element("Location", "http://\(request.headers["host"] ?? "")/\(request.bucket)/\(request.key)")
            xml.element("Bucket", request.bucket)
            xml.element("Key", request.key)
            xml.element("ETag", "\"\(object.etag)\"")
            xml.checksums(object)
        }
        var answer = S3Response(xml: xml)
        answer.headers += StorageHeaders.response(object.headers)
        return answer
    }
}

/// The checksum that an upload was created with. Each part has one; the object's is either of all its bytes, or of the parts'
/// checksums.
struct UploadCheck {
    let algorithm: ChecksumAlgorithm
    let isFullObject: Bool

    /// Reads the checksum from a request to create an upload.
    init?(_ request: S3Request) throws(AWSError) {
        guard let algorithm = try ChecksumAlgorithm(named: "x-amz-checksum-algorithm", in: request) else { return nil }
        self.algorithm = algorithm
        switch request.headers["x-amz-checksum-type"]?.uppercased() {
        case nil: isFullObject = algorithm == .crc64nvme
        case "FULL_OBJECT" where algorithm.isLinear: isFullObject = true
        case "COMPOSITE" where algorithm != .crc64nvme: isFullObject = false
        case .some(let type):
            throw AWSError(
                "InvalidRequest",
                "The \(type.prefix(20)) checksum type cannot be used with the \(algorithm.rawValue.lowercased()) "
                    + "checksum algorithm."
            )
        }
    }

    init?(_ upload: UploadRecord) {
        guard let algorithm = upload.headers["x-amz-checksum-algorithm"].flatMap(ChecksumAlgorithm.init(rawValue:))
        else {
            return nil
        }
        self.algorithm = algorithm
        isFullObject = upload.headers["x-amz-checksum-type"] == "FULL_OBJECT"
    }

    var headers: [(name: String, value: String)] {
        [
            ("x-amz-checksum-algorithm", algorithm.rawValue),
            ("x-amz-checksum-type", isFullObject ? "FULL_OBJECT" : "COMPOSITE"),
        ]
    }

    /// Returns the checksum of an object made of parts, as S3 writes it.
    func whole(of parts: [UploadPart]) -> String? {
        let checksums = parts.map { $0.checksum.flatMap { Data(base64Encoded: $0) }.map { Array($0) } ?? [] }
        if isFullObject {
            let pieces = zip(checksums, parts).map { (checksum: $0, byteCount: $1.byteCount) }
            return algorithm.combine(pieces).map { Data($0).base64EncodedString() }
        }
        var hasher = ChecksumHasher(algorithm)
        checksums.joined().withContiguousBytes { hasher.update($0) }
        return "\(Data(hasher.finalize()).base64EncodedString())-\(parts.count)"
    }
}

extension Sequence<UInt8> {
    fileprivate func withContiguousBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        Array(self).withUnsafeBytes(body)
    }
}

extension XMLWriter {
    /// Writes the checksums that are stored with an object.
    mutating func checksums(_ object: ObjectRecord) {
        for algorithm in ChecksumAlgorithm.allCases {
            if let value = object.headers[algorithm.header] { element("Checksum\(algorithm.rawValue)", value) }
        }
        if let type = object.headers["x-amz-checksum-type"] { element("ChecksumType", type) }
    }
}
