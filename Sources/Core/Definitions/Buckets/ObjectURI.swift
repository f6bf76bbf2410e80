/// `s3://BUCKET/KEY`: an object, or a prefix of keys.
package struct ObjectURI: Sendable, Hashable, CustomStringConvertible {
    package var bucket: String
    package var key: String

    package init(bucket: String, key: String) {
        self.bucket = bucket
        self.key = key
    }

    /// - Parameter field: The request's field that contains the URI.
    /// - Throws: ``RoostError`` if the text is not an S3 URI.
    package init(_ text: String, field: String) throws(RoostError) {
        guard text.hasPrefix("s3://"), case let parts = text.dropFirst(5).split(separator: "/", maxSplits: 1),
            let bucket = parts.first, text.dropFirst(5).first != "/"
        else {
            throw RoostError(
                .invalidInput,
                "'\(text.prefix(200))' is not an S3 URI. Expected s3://BUCKET/KEY.",
                field: field
            )
        }
        self.init(bucket: String(bucket), key: parts.count > 1 ? String(parts[1]) : "")
    }

    /// Returns the URI of `path` below this one, whether or not this one ends with a slash.
    package func appending(_ path: String) -> ObjectURI {
        ObjectURI(bucket: bucket, key: key.isEmpty || key.hasSuffix("/") ? key + path : key + "/" + path)
    }

    package var description: String { "s3://\(bucket)/\(key)" }
}
