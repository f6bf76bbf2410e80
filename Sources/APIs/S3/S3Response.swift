import AWS
package import Buckets
import Definitions
import Encodings
import Foundation

/// A response of S3.
package struct S3Response: Sendable {
    package enum Body: Sendable {
        case bytes([UInt8])
        /// A range of an object's bytes.
        case object(OpenObject, Range<Int>)
        /// The length of the response to a GET, without its bytes: the response to a HEAD.
        case omitted(byteCount: Int)
        /// A document that takes long to create. The status is sent before that; if it fails, the document is an error.
        case late(Task<S3Response, Never>)
    }

    /// The beginning of every document. White space may follow.
    package static let documentStart = #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"

    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: Body

    package init(status: Int = 200, headers: [(name: String, value: String)] = [], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    init(xml: XMLWriter, status: Int = 200) {
        self.init(status: status, headers: [("content-type", "application/xml")], body: .bytes(Array(xml.text.utf8)))
    }

    /// Creates an error response: XML, or no body for a HEAD request.
    init(_ error: AWSError, to request: S3Request?, id: String) {
        guard request?.method != "HEAD" else {
            self.init(status: error.status)
            return
        }
        var xml = XMLWriter()
        xml.element("Error") { xml in
            xml.element("Code", error.code)
            xml.element("Message", error.message)
            if let request, !request.key.isEmpty {
                xml.element("Key", request.key)
            } else if let request, !request.bucket.isEmpty {
                xml.element("BucketName", request.bucket)
            }
            xml.element("RequestId", id)
            xml.element("HostId", "roost")
        }
        self.init(xml: xml, status: error.status)
    }
}

/// Writes XML. The outermost element of a response has S3's namespace.
struct XMLWriter: Sendable {
    static let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

    private(set) var text = S3Response.documentStart

    mutating func element(_ name: String, namespace: String? = nil, _ content: (inout XMLWriter) -> Void) {
        text += namespace.map { "<\(name) xmlns=\"\($0)\">" } ?? "<\(name)>"
        content(&self)
        text += "</\(name)>"
    }

    /// - Parameter attributes: The attributes of the tag, as they are written.
    mutating func element(_ name: String, attributes: String, _ content: (inout XMLWriter) -> Void) {
        text += "<\(name) \(attributes)>"
        content(&self)
        text += "</\(name)>"
    }

    mutating func element(_ name: String, _ content: String) {
        text += "<\(name)>"
        self.content(content)
        text += "</\(name)>"
    }

    mutating func content(_ content: String) {
        for scalar in content.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case _ where scalar.value < 0x20: text += "&#\(scalar.value);"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }

    mutating func element(_ name: String, _ date: Date) {
        element(name, RFC3339.string(milliseconds: date.milliseconds))
    }
}
