import AWS
import Buckets
import Definitions

// Buckets without versions, in the words of S3: each object has one version, whose ID is `null`.
extension S3Service {
    /// - Throws: `AWSError` if a request names another version than the one that an object has.
    static func checkVersion(_ request: S3Request) throws(AWSError) {
        guard let version = request.parameter("versionId"), version != "null", !version.isEmpty else { return }
        throw AWSError("NoSuchVersion", "The specified version does not exist.", status: 404)
    }

    func listVersions(_ request: S3Request) async throws -> S3Response {
        let names = try NameEncoding(request)
        let prefix = request.parameter("prefix") ?? ""
        let delimiter = request.parameter("delimiter") ?? ""
        let marker = request.parameter("key-marker") ?? ""
        let version = request.parameter("version-id-marker") ?? ""
        guard version.isEmpty || !marker.isEmpty else {
            throw AWSError("InvalidArgument", "A version-id marker cannot be specified without a key marker.")
        }
        let limit = try request.count("max-keys", limit: 1000)
        let listing = try await buckets.listing(
            of: request.bucket,
            prefix: prefix,
            delimiter: delimiter,
            from: Self.start(marker: marker, prefix, delimiter),
            limit: limit
        )
        guard let listing else { throw Self.noBucket() }
        var xml = XMLWriter()
        xml.element("ListVersionsResult", namespace: XMLWriter.namespace) { xml in
            xml.element("Name", request.bucket)
            xml.element("Prefix", names.encoded(prefix))
            xml.element("KeyMarker", names.encoded(marker))
            xml.element("VersionIdMarker", version)
            if listing.isTruncated, let last = listing.entries.last {
                xml.element("NextKeyMarker", names.encoded(last.name))
                if case .item = last { xml.element("NextVersionIdMarker", "null") }
            }
            xml.element("MaxKeys", "\(limit)")
            if !delimiter.isEmpty { xml.element("Delimiter", names.encoded(delimiter)) }
            if names.isURL { xml.element("EncodingType", "url") }
            xml.element("IsTruncated", "\(listing.isTruncated)")
            for case .item(let object) in listing.entries {
                xml.element("Version") { xml in
                    xml.element("Key", names.encoded(object.key))
                    xml.element("VersionId", "null")
                    xml.element("IsLatest", "true")
                    xml.listed(object, withOwner: true)
                }
            }
            xml.commonPrefixes(of: listing, names)
        }
        return S3Response(xml: xml)
    }

    func getVersioning(_ request: S3Request) async throws -> S3Response {
        try await bucket(request)
        let status = try await buckets.setting(.versioning, of: request.bucket)
        var xml = XMLWriter()
        xml.element("VersioningConfiguration", namespace: XMLWriter.namespace) { xml in
            if let status { xml.element("Status", status) }
        }
        return S3Response(xml: xml)
    }

    func putVersioning(_ request: S3Request, _ body: S3Body) async throws -> S3Response {
        try await bucket(request)
        let root = try XMLElement(parsing: await document(request, body), named: "VersioningConfiguration")
        switch root.child("Status")?.text {
        case "Suspended":
            // As in a bucket without versions, a PUT replaces the version `null`.
            try await keep("Suspended", as: .versioning, request)
            return S3Response()
        case "Enabled": throw Self.notImplemented("versioning of objects")
        default:
            throw AWSError("IllegalVersioningConfigurationException", "The Versioning element must be specified")
        }
    }
}
