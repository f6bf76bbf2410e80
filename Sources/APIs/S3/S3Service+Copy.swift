import AWS
import Buckets
import Checksums
import Definitions
import Encodings
import Foundation

extension S3Service {
    /// Returns the source that a copy names.
    static func copySource(of request: S3Request) throws(AWSError) -> ObjectURI {
        let text = request.headers["x-amz-copy-source"] ?? ""
        let parts = text.split(separator: "?versionId=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 1 || parts[1] == "null" else {
            throw AWSError("NoSuchVersion", "The specified version does not exist.", status: 404)
        }
        // Clients encode all of it, including the slash after the bucket, or nothing.
        let path = try S3Request.decode(parts[0].hasPrefix("/") ? parts[0].dropFirst() : parts[0], "copy source")
        let (bucket, key) = ObjectURI.divided(path[...])
        guard !bucket.isEmpty, !key.isEmpty else {
            throw AWSError(
                "InvalidArgument",
                "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
            )
        }
        return ObjectURI(bucket: bucket, key: String(key))
    }

    /// Returns the source object of a copy.
    private func source(_ request: S3Request) async throws -> OpenObject {
        let source = try Self.copySource(of: request)
        let found = try await open(source.key, in: source.bucket)
        guard ReadConditions(request, prefix: "x-amz-copy-source-").outcome(for: found.record) == .holds else {
            throw Self.preconditionFailed()
        }
        return found
    }

    func copyObject(_ request: S3Request) async throws -> S3Response {
        try await bucket(request)
        let condition = try writeCondition(request)
        let algorithm = try ChecksumAlgorithm(named: "x-amz-checksum-algorithm", in: request)
        let described = try described(request)
        let opened = try await source(request)
        let source = opened.record
        var object = source
        object.key = request.key
        object.modifiedAt = request.time
        object.headers[Self.uploadHeader] = nil
        object.headers[ObjectParts.header] = nil
        // How an object is stored is said by each request anew.
        let storage = try StorageHeaders.headers(of: request)
        object.headers = object.headers.filter { !StorageHeaders.contains($0.key) }.merging(storage) { $1 }
        switch request.headers["x-amz-metadata-directive"]?.uppercased() {
        case nil, "COPY":
            let target = "\(request.bucket)/\(request.key)"
            let text = try S3Request.decode((request.headers["x-amz-copy-source"] ?? "")[...], "copy source")
            let changesNothing = algorithm == nil && storage.isEmpty && source.storageClass == "STANDARD"
            if text == target || text == "/\(target)", changesNothing {
                throw AWSError(
                    "InvalidRequest",
                    "This copy request is illegal because it is trying to copy an object to itself without changing the "
                        + "object's metadata, storage class, website redirect location or encryption attributes."
                )
            }
        case "REPLACE":
            object.contentType = described.contentType
            object.headers = described.headers.merging(
                source.headers.filter { $0.key.hasPrefix("x-amz-checksum-") }
            ) { $1 }
        default: throw AWSError("InvalidArgument", "Unknown metadata directive.")
        }
        switch request.headers["x-amz-tagging-directive"]?.uppercased() {
        case nil, "COPY": object.headers[ObjectRecord.tagsHeader] = source.headers[ObjectRecord.tagsHeader]
        case "REPLACE": object.headers[ObjectRecord.tagsHeader] = described.headers[ObjectRecord.tagsHeader]
        default: throw AWSError("InvalidArgument", "Unknown tagging directive.")
        }
        // A copy is an object of one part, whose tag is the MD5 of its bytes.
        if object.etag.contains("-") { object.etag = try await opened.md5().hexadecimal }
        if let algorithm,
            object.headers[algorithm.header] == nil || object.headers[algorithm.header]?.contains("-") == true
        {
            let checksum = try await opened.checksum(algorithm)
            object.headers = object.headers.filter { !$0.key.hasPrefix("x-amz-checksum-") }
            object.headers[algorithm.header] = Data(checksum).base64EncodedString()
            object.headers["x-amz-checksum-type"] = "FULL_OBJECT"
        }
        try require(await buckets.putCopy(of: source, as: object, in: request.bucket, if: condition))
        var answer = Self.copied("CopyObjectResult", object.etag, object.modifiedAt) { $0.checksums(object) }
        answer.headers += StorageHeaders.response(object.headers)
        return answer
    }

    func uploadPartCopy(_ request: S3Request) async throws -> S3Response {
        let number = try Self.partNumber(request)
        let upload = try await upload(request)
        let source = try await source(request)
        var range = 0..<source.record.byteCount
        if let text = request.headers["x-amz-copy-source-range"] {
            guard let wanted = ByteRange(text)?.resolved(byteCount: source.record.byteCount),
                text == "bytes=\(wanted.lowerBound)-\(wanted.upperBound - 1)"
            else {
                throw AWSError(
                    "InvalidArgument",
                    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
                        + "zero-based offsets of the first and last bytes to copy, within the source."
                )
            }
            range = wanted
        }
        let check = UploadCheck(upload)
        let writer = try await buckets.beginObject(checksums: check.map { [$0.algorithm] } ?? [])
        try await writer.append(source, range)
        let part = try await place(try await writer.finish(), check, number, of: upload, at: request.time)
        return Self.copied("CopyPartResult", part.etag, part.modifiedAt) { xml in
            if let check, let checksum = part.checksum { xml.element("Checksum\(check.algorithm.rawValue)", checksum) }
        }
    }

    private static func copied(
        _ name: String,
        _ etag: String,
        _ time: Date,
        _ more: (inout XMLWriter) -> Void
    ) -> S3Response {
        var xml = XMLWriter()
        xml.element(name, namespace: XMLWriter.namespace) { xml in
            xml.element("ETag", "\"\(etag)\"")
            xml.element("LastModified", time)
            more(&xml)
        }
        return S3Response(xml: xml)
    }
}
