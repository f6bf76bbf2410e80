import AWS
import Buckets
import Definitions
import Foundation

extension S3Service {
    func listObjects(_ request: S3Request, isV2: Bool) async throws -> S3Response {
        if isV2, request.parameter("list-type") != "2" {
            throw AWSError("InvalidArgument", "Invalid List Type specified in Request: list-type must be 2.")
        }
        let names = try NameEncoding(request)
        let prefix = request.parameter("prefix") ?? ""
        let delimiter = request.parameter("delimiter") ?? ""
        let limit = try request.count("max-keys", limit: 1000)
        let start =
            isV2
            ? try Self.start(token: request.parameter("continuation-token"), after: request.parameter("start-after"))
            : Self.start(marker: request.parameter("marker") ?? "", prefix, delimiter)
        let listing = try await buckets.listing(
            of: request.bucket,
            prefix: prefix,
            delimiter: delimiter,
            from: start,
            limit: limit
        )
        guard let listing else { throw Self.noBucket() }
        var xml = XMLWriter()
        xml.element("ListBucketResult", namespace: XMLWriter.namespace) { xml in
            xml.element("Name", request.bucket)
            xml.element("Prefix", names.encoded(prefix))
            if isV2 {
                if let token = request.parameter("continuation-token") { xml.element("ContinuationToken", token) }
                if let after = request.parameter("start-after") { xml.element("StartAfter", names.encoded(after)) }
                xml.element("KeyCount", "\(listing.entries.count)")
                if listing.isTruncated, let last = listing.entries.last {
                    xml.element("NextContinuationToken", Self.token(after: last))
                }
            } else {
                xml.element("Marker", names.encoded(request.parameter("marker") ?? ""))
                // As on S3, only if keys are grouped; otherwise the last key is the next marker.
                if listing.isTruncated, !delimiter.isEmpty, let last = listing.entries.last {
                    xml.element("NextMarker", names.encoded(last.name))
                }
            }
            xml.element("MaxKeys", "\(limit)")
            if !delimiter.isEmpty { xml.element("Delimiter", names.encoded(delimiter)) }
            if names.isURL { xml.element("EncodingType", "url") }
            xml.element("IsTruncated", "\(listing.isTruncated)")
            let hasOwner = !isV2 || request.parameter("fetch-owner")?.lowercased() == "true"
            for case .item(let object) in listing.entries {
                xml.element("Contents") { xml in
                    xml.element("Key", names.encoded(object.key))
                    xml.listed(object, withOwner: hasOwner)
                }
            }
            xml.commonPrefixes(of: listing, names)
        }
        return S3Response(xml: xml)
    }

    /// Returns where a listing starts. If the marker is a common prefix, everything below it has been listed.
    static func start(marker: String, _ prefix: String, _ delimiter: String) -> ListingStart {
        guard !delimiter.isEmpty, marker.utf8.starts(with: prefix.utf8), marker.utf8.count > prefix.utf8.count,
            marker.utf8.suffix(delimiter.utf8.count).elementsEqual(delimiter.utf8)
        else { return .after(marker) }
        return .afterPrefix(marker)
    }

    private static func start(token: String?, after: String?) throws(AWSError) -> ListingStart {
        guard let token else { return .after(after ?? "") }
        let text = Data(base64Encoded: token).flatMap { String(data: $0, encoding: .utf8) } ?? ""
        switch text.unicodeScalars.first {
        case "k": return .after(String(text.unicodeScalars.dropFirst()))
        case "p": return .afterPrefix(String(text.unicodeScalars.dropFirst()))
        default: throw AWSError("InvalidArgument", "The continuation token provided is incorrect")
        }
    }

    private static func token(after entry: Listing<ObjectRecord>.Entry) -> String {
        switch entry {
        case .item(let object): Data("k\(object.key)".utf8).base64EncodedString()
        case .prefix(let prefix): Data("p\(prefix)".utf8).base64EncodedString()
        }
    }
}

extension XMLWriter {
    /// Writes what a listing says of an object after its name.
    mutating func listed(_ object: ObjectRecord, withOwner hasOwner: Bool) {
        element("LastModified", object.modifiedAt)
        element("ETag", "\"\(object.etag)\"")
        element("Size", "\(object.byteCount)")
        if hasOwner { owner("Owner") }
        element("StorageClass", object.storageClass)
    }

    mutating func commonPrefixes(of listing: Listing<some Any>, _ names: NameEncoding) {
        for case .prefix(let prefix) in listing.entries {
            element("CommonPrefixes") { $0.element("Prefix", names.encoded(prefix)) }
        }
    }
}

extension Listing.Entry where Item == ObjectRecord {
    /// The key or the common prefix.
    var name: String {
        switch self {
        case .item(let object): object.key
        case .prefix(let prefix): prefix
        }
    }
}

/// How a listing writes names: as they are, or percent-encoded, which is valid XML for every name.
struct NameEncoding {
    let isURL: Bool

    init(_ request: S3Request) throws(AWSError) {
        switch request.parameter("encoding-type") {
        case nil, "": isURL = false
        case "url": isURL = true
        default: throw AWSError("InvalidArgument", "Invalid Encoding Method specified in Request")
        }
    }

    func encoded(_ name: String) -> String {
        guard isURL else { return name }
        var bytes: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in name.utf8 {
            if byte.isLetterOrDigit || "-._~/".utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
