import AWS
import Definitions
import Encodings

/// The tags of an object or a bucket.
struct ObjectTags {
    /// The maximum number of tags of an object.
    static let objectLimit = 10
    private static let keyLimit = 128
    private static let valueLimit = 256

    private(set) var tags: [ObjectTag] = []

    /// Those that are stored with an object.
    init(of object: ObjectRecord) { tags = object.tags }

    /// - Parameter query: What ``query`` was.
    init(stored query: String) { tags = ObjectTag.tags(ofQuery: query) }

    /// Reads the header of a request that creates an object; `nil` without one.
    init?(header request: S3Request) throws(AWSError) {
        guard let text = request.headers["x-amz-tagging"] else { return nil }
        tags = PercentEncoding.pairs(of: text, plusIsSpace: true).map { ObjectTag(key: $0.name, value: $0.value) }
        try check(limit: Self.objectLimit)
    }

    /// Those of an object, in a document.
    init(of document: String) throws(AWSError) { try self.init(parsing: Array(document.utf8), limit: Self.objectLimit) }

    /// - Parameter limit: The maximum number of tags.
    init(parsing document: [UInt8], limit: Int) throws(AWSError) {
        let root = try XMLElement(parsing: document, named: "Tagging")
        guard let set = root.child("TagSet") else { throw XMLElement.malformed("expected <TagSet>") }
        for element in set.children {
            guard element.name == "Tag", let key = element.child("Key"), let value = element.child("Value") else {
                throw XMLElement.malformed("expected <Tag> with <Key> and <Value>")
            }
            tags.append(ObjectTag(key: key.text, value: value.text))
        }
        try check(limit: limit)
    }

    private func check(limit: Int) throws(AWSError) {
        guard tags.count <= limit else {
            throw AWSError("BadRequest", "Object tags cannot be greater than \(limit)")
        }
        for tag in tags {
            guard !tag.key.isEmpty, tag.key.unicodeScalars.count <= Self.keyLimit else {
                throw Self.invalid("The TagKey you have provided is invalid")
            }
            guard tag.value.unicodeScalars.count <= Self.valueLimit else {
                throw Self.invalid("The TagValue you have provided is invalid")
            }
            guard !tag.key.lowercased().hasPrefix("aws:") else {
                throw Self.invalid("System tags cannot be added/updated by requester")
            }
        }
        guard Set(tags.map(\.key)).count == tags.count else {
            throw Self.invalid("Cannot provide multiple Tags with the same key")
        }
    }

    private static func invalid(_ message: String) -> AWSError { AWSError("InvalidTag", message) }

    var query: String {
        tags.map { "\(PercentEncoding.encode($0.key))=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
    }

    var xml: XMLWriter {
        var xml = XMLWriter()
        xml.element("Tagging", namespace: XMLWriter.namespace) { xml in
            xml.element("TagSet") { xml in
                for tag in tags {
                    xml.element("Tag") { xml in
                        xml.element("Key", tag.key)
                        xml.element("Value", tag.value)
                    }
                }
            }
        }
        return xml
    }
}
