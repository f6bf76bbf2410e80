import Testing

@testable import AWS
@testable import S3

@Suite("Buckets as web sites")
struct WebsiteTests {
    private func site(_ text: String) throws(AWSError) -> WebsiteConfiguration {
        try WebsiteConfiguration(parsing: Array("<WebsiteConfiguration>\(text)</WebsiteConfiguration>".utf8))
    }

    private let index = "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>"

    @Test("a document is read, and written as it was read")
    func documents() throws {
        let pages = try site(index + "<ErrorDocument><Key>errors/404.html</Key></ErrorDocument>")
        #expect(pages == WebsiteConfiguration(index: "index.html", error: "errors/404.html"))
        let target = "<HostName>www.example.com</HostName>"
        let moved = try site("<RedirectAllRequestsTo>\(target)<Protocol>https</Protocol></RedirectAllRequestsTo>")
        #expect(moved == WebsiteConfiguration(redirect: .init(host: "www.example.com", scheme: "https")))
        for read in [pages, moved, try site("<RedirectAllRequestsTo>\(target)</RedirectAllRequestsTo>")] {
            #expect(try WebsiteConfiguration(parsing: Array(read.xml.text.utf8)) == read)
        }
        #expect(try site(index + "<RoutingRules/>") == WebsiteConfiguration(index: "index.html"))
    }

    @Test(
        "a document that says too little, too much or nonsense is refused",
        arguments: [
            ("", "InvalidArgument"), ("<ErrorDocument><Key>e</Key></ErrorDocument>", "InvalidArgument"),
            ("<IndexDocument><Suffix>a/b</Suffix></IndexDocument>", "InvalidArgument"),
            ("<IndexDocument><Suffix></Suffix></IndexDocument>", "InvalidArgument"),
            ("+<ErrorDocument></ErrorDocument>", "InvalidArgument"), ("<Other/>", "MalformedXML"),
            ("+<RoutingRules><RoutingRule/></RoutingRules>", "NotImplemented"),
            ("+<RedirectAllRequestsTo><HostName>a</HostName></RedirectAllRequestsTo>", "MalformedXML"),
            ("<RedirectAllRequestsTo/>", "InvalidArgument"),
            ("<RedirectAllRequestsTo><HostName>a&#13;&#10;b</HostName></RedirectAllRequestsTo>", "InvalidArgument"),
            (
                "<RedirectAllRequestsTo><HostName>a</HostName><Protocol>ftp</Protocol></RedirectAllRequestsTo>",
                "InvalidArgument"
            ),
        ]
    )
    func malformed(text: String, code: String) {
        let document = text.hasPrefix("+") ? index + text.dropFirst() : text
        let error = #expect(throws: AWSError.self) { try site(document) }
        #expect(error?.code == code)
    }

    @Test(
        "a path stands for an object, or for the page of a prefix",
        arguments: [
            ("", "index.html", nil), ("a/", "a/index.html", nil), ("a/b/", "a/b/index.html", nil),
            ("a", "a", "a/index.html"), ("a/b.css", "a/b.css", "a/b.css/index.html"), ("/", "/index.html", nil),
        ] as [(String, String, String?)]
    )
    func pages(key: String, object: String, prefixPage: String?) {
        let page = WebsiteConfiguration.page(for: key, index: "index.html")
        #expect(page == .init(key: object, prefixPage: prefixPage))
    }

    @Test("the page for an error escapes what a request wrote")
    func errors() {
        var page = WebsiteErrorPage(error: S3Service.noKey(), details: [("Key", "<script>&\"")], requestID: "1")
        #expect(page.html.contains("<title>404 Not Found</title>"))
        #expect(page.html.contains("<li>Code: NoSuchKey</li>\n<li>Message: The specified key does not exist.</li>"))
        #expect(page.html.contains("<li>Key: &lt;script&gt;&amp;&quot;</li>"))
        page.missingKey = "e.html"
        #expect(page.html.contains("<li>Key: e.html</li>"))
    }

    @Test(
        "a policy is public if it allows something to everybody, without a condition",
        arguments: [
            (#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}]}"#, true),
            (#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}}}"#, true),
            (#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": ["a", "*"]}}]}"#, true),
            (#"{"Statement": [{"Effect": "Deny", "Principal": "*"}]}"#, false),
            (#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Condition": {}}]}"#, false),
            (#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:root"}}]}"#, false),
            (#"{"Statement": 1}"#, false), (#"{}"#, false),
        ]
    )
    func publicPolicies(text: String, isPublic: Bool) throws {
        #expect(S3Service.isPublic(try #require(JSON(parsing: Array(text.utf8)))) == isPublic)
    }

    @Test(
        "the query names a bucket's setting",
        arguments: [
            ("PUT", "/b?website", S3Operation.putBucketWebsite), ("GET", "/b?website", .getBucketWebsite),
            ("DELETE", "/b?website", .deleteBucketWebsite), ("PUT", "/b?cors", .putBucketCORS),
            ("GET", "/b?cors", .getBucketCORS), ("DELETE", "/b/?cors", .deleteBucketCORS),
            ("GET", "/b?policyStatus", .getBucketPolicyStatus), ("PUT", "/b?publicAccessBlock", .putPublicAccessBlock),
            ("PUT", "/b?acl", .putBucketACL), ("PUT", "/b/k?acl", .putObjectACL), ("PUT", "/b/k", .putObject),
        ] as [(String, String, S3Operation)]
    )
    func operations(method: String, target: String, operation: S3Operation) throws {
        let request = try S3Request(method: method, target: target, headers: [:], region: "us-east-1")
        #expect(try S3Operation(request) == operation)
        #expect(operation.isForPages == (operation == .putObject))
    }
}
