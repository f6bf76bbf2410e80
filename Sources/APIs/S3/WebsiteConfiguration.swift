import AWS
import Definitions

/// How a bucket is shown as a static web site.
struct WebsiteConfiguration: Codable, Equatable {
    struct Redirect: Codable, Equatable {
        let host: String
        /// `http` or `https`; `nil` for that of the request.
        var scheme: String?
    }

    /// The last part of the keys of the pages that stand for `/` and for each prefix that ends with a slash.
    var index: String?
    /// The key of the page for errors.
    var error: String?
    /// Where all requests are sent, in place of the pages.
    var redirect: Redirect?

    init(index: String? = nil, error: String? = nil, redirect: Redirect? = nil) {
        self.index = index
        self.error = error
        self.redirect = redirect
    }

    init(parsing bytes: [UInt8]) throws(AWSError) {
        let root = try XMLElement(parsing: bytes, named: "WebsiteConfiguration")
        let known = ["IndexDocument", "ErrorDocument", "RedirectAllRequestsTo", "RoutingRules"]
        if let other = root.children.first(where: { !known.contains($0.name) }) {
            throw XMLElement.malformed("unexpected <\(other.name.prefix(40))>")
        }
        if root.child("RoutingRules")?.children.isEmpty == false { throw S3Service.notImplemented("RoutingRules") }
        if let target = root.child("RedirectAllRequestsTo") {
            guard root.child("IndexDocument") == nil, root.child("ErrorDocument") == nil else {
                throw XMLElement.malformed("<RedirectAllRequestsTo> excludes the other elements")
            }
            redirect = try Self.redirect(target)
            return
        }
        guard let suffix = root.child("IndexDocument")?.child("Suffix")?.text else {
            throw Self.invalid("A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty")
        }
        guard !suffix.isEmpty, !suffix.contains("/"), suffix.utf8.count <= 1024 else {
            throw Self.invalid("The IndexDocument Suffix is not well formed")
        }
        index = suffix
        if let document = root.child("ErrorDocument") {
            guard let key = document.child("Key")?.text, !key.isEmpty, key.utf8.count <= 1024 else {
                throw Self.invalid("The ErrorDocument Key is not well formed")
            }
            error = key
        }
    }

    private static func redirect(_ element: XMLElement) throws(AWSError) -> Redirect {
        let scheme = element.child("Protocol")?.text
        guard scheme == nil || scheme == "http" || scheme == "https" else {
            throw invalid(
                "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically."
            )
        }
        // It becomes part of a header.
        guard let host = element.child("HostName")?.text, !host.isEmpty, host.utf8.count <= 255,
            host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`{|}".utf8.contains($0) })
        else { throw invalid("A host name must be provided to RedirectAllRequestsTo (e.g. \"example.com\").") }
        return Redirect(host: host, scheme: scheme)
    }

    private static func invalid(_ message: String) -> AWSError { AWSError("InvalidArgument", message) }

    var xml: XMLWriter {
        var xml = XMLWriter()
        xml.element("WebsiteConfiguration", namespace: XMLWriter.namespace) { xml in
            if let redirect {
                xml.element("RedirectAllRequestsTo") { xml in
                    xml.element("HostName", redirect.host)
                    if let scheme = redirect.scheme { xml.element("Protocol", scheme) }
                }
            }
            if let index { xml.element("IndexDocument") { $0.element("Suffix", index) } }
            if let error { xml.element("ErrorDocument") { $0.element("Key", error) } }
        }
        return xml
    }

    // MARK: Pages

    /// The object that a path stands for.
    struct Page: Equatable {
        let key: String
        /// The page to show if the object does not exist, once the path has got a slash at its end; `nil` if it has one.
        var prefixPage: String?
    }

    /// - Parameters:
    ///   - key: The path of a page without its first slash, decoded.
    ///   - index: The suffix of the index pages.
    static func page(for key: String, index: String) -> Page {
        key.isEmpty || key.utf8.last == UInt8(ascii: "/")
            ? Page(key: key + index) : Page(key: key, prefixPage: "\(key)/\(index)")
    }
}
