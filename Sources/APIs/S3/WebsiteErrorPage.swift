import AWS

/// The page that a web site shows for an error.
struct WebsiteErrorPage {
    let error: AWSError
    /// What the error is about, such as the key of the missing object.
    var details: [(name: String, value: String)] = []
    let requestID: String
    /// Why the page of the bucket's owner cannot be shown: its key, which does not exist.
    var missingKey: String?

    private static let titles = [
        301: "Moved Permanently", 302: "Found", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 412: "Precondition Failed", 416: "Requested Range Not Satisfiable",
        500: "Internal Server Error", 503: "Service Unavailable",
    ]

    var html: String {
        let title = "\(error.status) \(Self.titles[error.status] ?? "Error")"
        var text = "<html>\n<head><title>\(title)</title></head>\n<body>\n<h1>\(title)</h1>\n"
        var items: [(name: String, value: String)] = [("Code", error.code), ("Message", error.message)]
        items += details
        items += [("RequestId", requestID), ("HostId", "roost")]
        text += Self.list(items)
        if let missingKey {
            text += "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n"
            text += Self.list([
                ("Code", "NoSuchKey"), ("Message", "The specified key does not exist."), ("Key", missingKey),
            ])
        }
        return text + "<hr/>\n</body>\n</html>\n"
    }

    private static func list(_ items: [(name: String, value: String)]) -> String {
        "<ul>\n" + items.map { "<li>\(escaped($0.name)): \(escaped($0.value))</li>\n" }.joined() + "</ul>\n"
    }

    private static func escaped(_ text: String) -> String {
        var xml = XMLWriter()
        xml.content(text)
        return String(xml.text.dropFirst(S3Response.documentStart.count))
    }

    /// - Parameter isToHEAD: Whether to leave out the page, but not its length.
    func response(isToHEAD: Bool) -> S3Response {
        let bytes = Array(html.utf8)
        var headers = [
            (name: "content-type", value: "text/html; charset=utf-8"), ("x-amz-error-code", error.code),
            ("x-amz-error-message", error.message),
        ]
        if error.status == 405 { headers.append(("allow", "GET, HEAD, OPTIONS")) }
        return S3Response(
            status: error.status,
            headers: headers,
            body: isToHEAD ? .omitted(byteCount: bytes.count) : .bytes(bytes)
        )
    }
}
