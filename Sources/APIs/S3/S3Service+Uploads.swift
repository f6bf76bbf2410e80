import AWS
import Buckets
import Checksums
import Definitions
import Foundation

// Listings of uploads and their parts.
extension S3Service {
    func listParts(_ request: S3Request) async throws -> S3Response {
        let upload = try await upload(request)
        let limit = try request.count("max-parts", limit: 1000)
        let after = try request.count("part-number-marker", limit: Self.partCount.upperBound)
        let marker = request.parameter("part-number-marker") == nil ? 0 : after
        let found = try await buckets.parts(of: upload.id, after: marker, limit: limit + 1)
        let check = UploadCheck(upload)
        var xml = XMLWriter()
        xml.element("ListPartsResult", namespace: XMLWriter.namespace) { xml in
            xml.element("Bucket", request.bucket)
            xml.element("Key", request.key)
            xml.element("UploadId", upload.id)
            xml.owner("Initiator")
            xml.owner("Owner")
            xml.element("StorageClass", StorageHeaders.storageClass(upload.headers))
            xml.element("PartNumberMarker", "\(marker)")
            if let last = found.prefix(limit).last { xml.element("NextPartNumberMarker", "\(last.number)") }
            xml.element("MaxParts", "\(limit)")
            xml.element("IsTruncated", "\(limit > 0 && found.count > limit)")
            if let check {
                xml.element("ChecksumAlgorithm", check.algorithm.rawValue)
                xml.element("ChecksumType", check.isFullObject ? "FULL_OBJECT" : "COMPOSITE")
            }
            for part in found.prefix(limit) {
                xml.element("Part") { xml in
                    xml.element("PartNumber", "\(part.number)")
                    xml.element("LastModified", part.modifiedAt)
                    xml.element("ETag", "\"\(part.etag)\"")
                    xml.element("Size", "\(part.byteCount)")
                    if let check, let checksum = part.checksum {
                        xml.element("Checksum\(check.algorithm.rawValue)", checksum)
                    }
                }
            }
        }
        return S3Response(xml: xml)
    }

    func listUploads(_ request: S3Request) async throws -> S3Response {
        try await bucket(request)
        let names = try NameEncoding(request)
        let prefix = request.parameter("prefix") ?? ""
        let limit = try request.count("max-uploads", limit: 1000)
        let delimiter = request.parameter("delimiter") ?? ""
        let key = request.parameter("key-marker") ?? ""
        let id = request.parameter("upload-id-marker") ?? ""
        let listing = try await buckets.uploads(
            in: request.bucket,
            prefix: prefix,
            delimiter: delimiter,
            from: id.isEmpty ? Self.start(marker: key, prefix, delimiter) : .after(key),
            id: id.isEmpty ? nil : id,
            limit: limit
        )
        var xml = XMLWriter()
        xml.element("ListMultipartUploadsResult", namespace: XMLWriter.namespace) { xml in
            xml.element("Bucket", request.bucket)
            xml.element("KeyMarker", names.encoded(key))
            xml.element("UploadIdMarker", id)
            if listing.isTruncated, let last = listing.entries.last {
                switch last {
                case .item(let upload):
                    xml.element("NextKeyMarker", names.encoded(upload.key))
                    xml.element("NextUploadIdMarker", upload.id)
                case .prefix(let prefix):
                    xml.element("NextKeyMarker", names.encoded(prefix))
                    xml.element("NextUploadIdMarker", "")
                }
            }
            xml.element("Prefix", names.encoded(prefix))
            if !delimiter.isEmpty { xml.element("Delimiter", names.encoded(delimiter)) }
            if names.isURL { xml.element("EncodingType", "url") }
            xml.element("MaxUploads", "\(limit)")
            xml.element("IsTruncated", "\(listing.isTruncated)")
            for case .item(let upload) in listing.entries {
                xml.element("Upload") { xml in
                    xml.element("UploadId", upload.id)
                    xml.element("Key", names.encoded(upload.key))
                    xml.owner("Initiator")
                    xml.owner("Owner")
                    xml.element("StorageClass", StorageHeaders.storageClass(upload.headers))
                    xml.element("Initiated", upload.createdAt)
                }
            }
            xml.commonPrefixes(of: listing, names)
        }
        return S3Response(xml: xml)
    }
}
