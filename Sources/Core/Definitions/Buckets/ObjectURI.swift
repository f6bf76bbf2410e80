/// `s3://BUCKET/KEY`: an object, or a prefix of keys.
package struct ObjectURI: Sendable, Hashable, CustomStringConvertible {
    package var bucket: String
    package var key: String

    package init(bucket: String, key: String) {
        self.bucket = bucket
        self.key = key
    }

    /// Reads `s3://BUCKET/KEY`, or the same as an address of AWS: `https://s3-REGION.amazonaws.com/BUCKET/KEY`.
    ///
    /// - Parameter field: The request's field that contains the URI.
    /// - Throws: ``RoostError`` if the text is not an S3 URI.
    package init(_ text: String, field: String) throws(RoostError) {
        guard let (bucket, key) = Self.parts(of: text), !bucket.isEmpty else {
            throw RoostError(
                .invalidInput,
                "'\(text.prefix(200))' is not an S3 URI. Expected s3://BUCKET/KEY.",
                field: field
            )
        }
        self.init(bucket: bucket, key: String(key))
    }

    /// - Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    private static func parts(of text: String) -> (bucket: String, key: Substring)? {
        if text.hasPrefix("s3://") { return divided(text.dropFirst(5)) }
        guard text.hasPrefix("https://"), case let (host, path) = divided(text.dropFirst(8)), host.hasSuffix(domain)
        else { return nil }
        var labels = host.dropLast(domain.utf8.count).split(separator: ".", omittingEmptySubsequences: false)
        // `s3.REGION` or `BUCKET.s3.REGION`
        if labels.count > 1, labels[labels.count - 2] == "s3", !isService(labels[labels.count - 1]) {
            labels.removeLast()
        }
        guard let service = labels.popLast(), isService(service) else { return nil }
        return labels.isEmpty ? divided(path) : (labels.joined(separator: "."), path)
    }

    private static let domain = ".amazonaws.com"

    /// Whether a label is `s3` or `s3-REGION`.
    private static func isService(_ label: Substring) -> Bool {
        label == "s3" || (label.hasPrefix("s3-") && !label.hasPrefix("s3-website"))
    }

    /// Returns what is before the first slash, and what is after it.
    package static func divided(_ text: Substring) -> (bucket: String, key: Substring) {
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else { return (String(text), "") }
        return (String(text[..<slash]), text[text.utf8.index(after: slash)...])
    }

    /// Returns the URI of `path` below this one, whether or not this one ends with a slash.
    package func appending(_ path: String) -> ObjectURI {
        ObjectURI(
            bucket: bucket,
            key: key.isEmpty || key.utf8.last == UInt8(ascii: "/") ? key + path : key + "/" + path
        )
    }

    package var description: String { "s3://\(bucket)/\(key)" }
}
