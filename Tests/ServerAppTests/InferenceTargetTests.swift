import Testing

@testable import ServerApp

@Suite("Paths of the fast path")
struct InferenceTargetTests {
    @Test(
        "an inference path is parsed into its target",
        arguments: [
            ("/v1/pipelines/ccfraud/infer", .native(pipeline: "ccfraud")),
            ("/v1/pipelines/ccfraud/infer?x=/infer", .native(pipeline: "ccfraud", query: "x=/infer")),
            ("/v1/pipelines/a%2Db/infer", .native(pipeline: "a-b")),
            ("/v1/pipelines/a%2Fb/infer", .native(pipeline: "a/b")),
            ("/v1/pipelines/a%2/infer", .native(pipeline: "a%2")), ("/v1/pipelines//infer", .native(pipeline: "")),
            ("/v1/pipelines/infer/infer", .native(pipeline: "infer")),
            ("http://localhost:8080/v1/pipelines/p/infer", .native(pipeline: "p")),
            ("/v2/models/m/infer", .openInference(name: "m", version: nil)),
            ("/v2/models/m/versions/1/infer", .openInference(name: "m", version: "1")),
            ("https://host/v2/models/m/versions/%31/infer?a", .openInference(name: "m", version: "1", query: "a")),
        ] as [(String, InferenceTarget)]
    )
    func targets(uri: String, target: InferenceTarget) {
        #expect(InferenceTarget(uri: uri) == target)
    }

    @Test(
        "every other path goes to the router",
        arguments: [
            "", "/", "*", "/infer", "//infer", "/v1/pipelines/infer", "/v1/pipelines/p/infer/",
            "/v1/pipelines/p/inferx",
            "/v1/pipelines/p", "/v1/pipelines/p/q/infer", "//v1/pipelines/p/infer", "/V1/pipelines/p/infer",
            "/v1/models/m/infer", "/v2/models/m/versions/infer", "/v2/models/m/version/1/infer", "/v2/models/m/ready",
            "/v2/models/m/versions/1/2/infer", "/?/v1/pipelines/p/infer", "http://host", "http:",
            "host/v1/pipelines/p/infer",
        ]
    )
    func others(uri: String) {
        #expect(InferenceTarget(uri: uri) == nil)
    }
}

@Suite("Inference ids")
struct InferenceIDTests {
    @Test("an id is a version 7 UUID that begins with the time")
    func form() throws {
        let id = InferenceID.make(milliseconds: 0x0123_4567_89AB)
        #expect(id.wholeMatch(of: #/01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/#) != nil, "\(id)")
    }

    @Test("ids are unique, even within a millisecond")
    func unique() {
        let ids = (0..<100_000).map { _ in InferenceID.make(milliseconds: 1_700_000_000_000) }
        #expect(Set(ids).count == ids.count)
    }

    @Test("ids sort by time")
    func order() {
        let times: [UInt64] = [0, 1, 0xFFFF, 0x1_0000, 1_700_000_000_000, 1_700_000_000_001]
        let ids = times.map { InferenceID.make(milliseconds: $0) }
        #expect(ids == ids.sorted())
    }
}
