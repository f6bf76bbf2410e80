import Testing

@testable import APIGateway

/// Which resource or route answers a path.
struct RouterTests {
    private func router(_ entries: [(String, String)]) -> Router<String> {
        var router = Router<String>()
        for (method, path) in entries { router.add(method, path, "\(method) \(path)") }
        return router
    }

    private func find(_ router: Router<String>, _ method: String, _ path: String, choosesByPath: Bool = true) -> String?
    {
        router.find(method, Router<String>.segments(of: path), choosesByPath: choosesByPath)?.value
    }

    @Test("a fixed segment beats a parameter, and that beats a greedy one")
    func precedence() {
        let router = router([("GET", "/pets/dog"), ("GET", "/pets/{id}"), ("GET", "/{proxy+}"), ("GET", "/")])
        #expect(find(router, "GET", "/pets/dog") == "GET /pets/dog")
        #expect(find(router, "GET", "/pets/cat") == "GET /pets/{id}")
        #expect(find(router, "GET", "/pets/cat/") == "GET /pets/{id}")
        #expect(find(router, "GET", "/pets/cat/toys") == "GET /{proxy+}")
        #expect(find(router, "GET", "/pets") == "GET /{proxy+}")
        #expect(find(router, "GET", "/") == "GET /")
        #expect(find(router, "GET", "") == "GET /")
        #expect(find(router, "GET", "/pets/do%67") == "GET /pets/dog")
    }

    @Test("an exact method beats ANY")
    func methods() {
        let router = router([("ANY", "/a"), ("GET", "/a")])
        #expect(find(router, "GET", "/a") == "GET /a")
        #expect(find(router, "POST", "/a") == "ANY /a")
    }

    @Test("in a REST API the path decides, in an HTTP API the path with the method")
    func byPath() {
        let router = router([("GET", "/pets/{id}"), ("ANY", "/{proxy+}")])
        #expect(find(router, "POST", "/pets/1") == nil)
        #expect(find(router, "POST", "/pets/1", choosesByPath: false) == "ANY /{proxy+}")
    }

    @Test("parameters stay encoded, and a greedy one has all the rest")
    func parameters() throws {
        let router = router([("GET", "/a/{x}/{rest+}")])
        let segments = Router<String>.segments(of: "/a/b%2Fc/d/e%20f/")
        let match = try #require(router.find("GET", segments, choosesByPath: true))
        #expect(match.parameters == ["x": "b%2Fc", "rest": "d/e%20f"])
    }

    @Test("a greedy parameter needs a segment, and a parameter is not empty")
    func emptySegments() {
        let router = router([("GET", "/a/{rest+}"), ("GET", "/b/{x}")])
        #expect(find(router, "GET", "/a") == nil)
        #expect(find(router, "GET", "/a/") == nil)
        #expect(find(router, "GET", "/b//") == nil)
    }

    @Test("a wrong turn is taken back")
    func backtracking() {
        let router = router([("GET", "/a/{x}/c"), ("GET", "/{y}/b/d"), ("GET", "/a/b/e")])
        #expect(find(router, "GET", "/a/b/c") == "GET /a/{x}/c")
        #expect(find(router, "GET", "/a/b/d") == "GET /{y}/b/d")
        #expect(find(router, "GET", "/a/b/e") == "GET /a/b/e")
    }
}
