import Testing

@testable import ServerApp

@Suite("Public routes")
struct PublicRouteTests {
    @Test(
        "the host names a web site",
        arguments: [
            ("b.s3-website.localhost", "b"), ("b.s3-website.localhost:8080", "b"), ("B.S3-Website.localhost.", "b"),
            ("my.site.s3-website.localhost", "my.site"),
            ("b.s3-website-us-east-1.amazonaws.com", "b"), ("a.b.s3-website-eu-west-1.amazonaws.com:80", "a.b"),
            ("b.s3-website.eu-central-1.amazonaws.com", "b"),
            ("b.s3-website.s3-website.localhost", "b.s3-website"),
        ]
    )
    func hosts(host: String, bucket: String) {
        let route = PublicRoute.website(bucket: bucket, path: "/v1/a%20b", prefix: "")
        #expect(PublicRoute(host: host, path: "/v1/a%20b?x=1") == route)
        #expect(PublicRoute(host: "localhost", path: "http://\(host)/v1/a%20b?x=1") == route)
        #expect(PublicRoute(host: host, path: "http://localhost/v1/a%20b") == route)
    }

    @Test(
        "all other hosts name none",
        arguments: [
            "", "localhost", "127.0.0.1:8080", "s3-website.localhost", "s3-website-us-east-1.amazonaws.com",
            "s3-website.eu-central-1.amazonaws.com", "b.s3.localhost", "b.s3.us-east-1.amazonaws.com",
            "b.s3-website.s3.amazonaws.com", "b.s3-website.s3.us-east-1.amazonaws.com",
            "b.s3-website.s3-us-west-2.amazonaws.com", "b.s3-website.amazonaws.com", "b.s3-website.evil.example",
            "b.s3-website-us-east-1.amazonaws.com.evil.example", "b.s3-website-us-east-1.example",
            "b.s3-website.localhost.evil.example", "b.s3-websitelocalhost", "b.s3-website.localhost@evil.example",
            "b.s3-us-west-2.amazonaws.com", "sts.amazonaws.com", "[::1]",
        ]
    )
    func otherHosts(host: String) { #expect(PublicRoute(host: host, path: "/v1/status") == nil) }

    @Test("white space after the header's value changes nothing")
    func spaces() {
        for host in ["b.s3-website.localhost ", "b.s3-website.localhost:8080\t"] {
            #expect(PublicRoute(host: host, path: "/") == .website(bucket: "b", path: "/", prefix: ""))
        }
    }

    @Test(
        "the path names a web site",
        arguments: [
            ("/_aws/s3-website/site", "site", ""), ("/_aws/s3-website/site/", "site", "/"),
            ("/_aws/s3-website/site?a", "site", ""), ("/_aws/s3-website/my.site/a/b?c=/d", "my.site", "/a/b"),
            ("http://localhost/_aws/s3-website/site/a", "site", "/a"),
        ]
    )
    func paths(target: String, bucket: String, path: String) {
        let route = PublicRoute.website(bucket: bucket, path: path, prefix: "/_aws/s3-website/\(bucket)")
        #expect(PublicRoute(host: "localhost:8080", path: target) == route)
    }

    @Test(
        "all other paths name none",
        arguments: [
            "/", "/_aws/s3-website", "/_aws/s3-website/", "/_aws/s3-website//a", "/_aws/s3-website/no",
            "/_AWS/s3-website/site",
            "/_aws/s3-website/Site/a", "/_aws/s3-website/a%2fb", "/_aws/s3-website/a\\b", "//_aws/s3-website/site",
            "/v1/_aws/s3-website/site", "/x?/_aws/s3-website/site",
        ]
    )
    func otherPaths(target: String) { #expect(PublicRoute(host: "localhost:8080", path: target) == nil) }
}
