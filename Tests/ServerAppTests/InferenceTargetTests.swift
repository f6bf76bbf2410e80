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
