import Definitions
import Serving
import Testing

@testable import ServerApp

@Suite("Paths of inferences")
struct InferencePathTests {
    /// Returns where the request at `uri` goes, or why it goes nowhere; `nil` if no API for inferences takes it.
    private func route(_ uri: String, _ fastPath: FastPath) -> String? {
        let match = HeadBytes(uri: uri, fields: []).withHead { fastPath.service.match($0) { nil } }
        guard case .call(let call) = match else { return nil }
        do throws(RoostError) {
            return try call.route().pipeline.name
        } catch {
            return error.message
        }
    }

    private static let known: [(String, String)] = [
        ("/v1/pipelines/cheap/infer", "cheap"),
        ("/v1/pipelines/ch%65ap/infer", "cheap"),
        ("/v1/pipelines/cheap/infer?non_finite=string", "cheap"),
        ("/v1/pipelines/ccfraud/infer", "No pipeline 'ccfraud' is deployed."),
        ("/v1/pipelines/a%2Db/infer", "No pipeline 'a-b' is deployed."),
        ("/v1/pipelines/a%2Fb/infer", "No pipeline 'a/b' is deployed."),
        ("/v1/pipelines/a%2/infer", "No pipeline 'a%2' is deployed."),
        ("/v1/pipelines/infer/infer", "No pipeline 'infer' is deployed."),
        ("http://localhost:8080/v1/pipelines/cheap/infer", "cheap"),
        ("/v2/models/cheap/infer", "cheap"),
        ("/v2/models/m/infer", "No pipeline or model 'm' is deployed."),
        ("/v2/models/cheap/versions/1/infer", "cheap"),
        (
            "https://host/v2/models/cheap/versions/%32/infer",
            "Version '2' of pipeline 'cheap' is not deployed. The deployed version is '1'."
        ),
        ("/endpoints/e/invocations", "Endpoint e of account 000000000000 not found."),
    ]

    @Test("an inference's path names its pipeline", arguments: known)
    func inferences(uri: String, expected: String) async throws {
        try await FastPath.run { fastPath in
            let route = route(uri, fastPath)
            #expect(route == expected)
        }
    }

    @Test("every other path goes to the router")
    func others() async throws {
        let uris = [
            "", "/", "*", "/infer", "//infer", "/v1/pipelines/infer", "/v1/pipelines//infer", "/v1/pipelines/p/infer/",
            "/v1/pipelines/p/inferx", "/v1/pipelines/p", "/v1/pipelines/p/q/infer", "//v1/pipelines/p/infer",
            "/V1/pipelines/p/infer", "/v1/models/m/infer", "/v2/models/m/versions/infer",
            "/v2/models/m/version/1/infer",
            "/v2/models/m/ready", "/v2/models/m/versions/1/2/infer", "/?/v1/pipelines/p/infer", "http://host", "http:",
            "host/v1/pipelines/p/infer", "/endpoints/invocations", "/endpoints/a/b/invocations",
        ]
        try await FastPath.run { fastPath in
            for uri in uris {
                let route = route(uri, fastPath)
                #expect(route == nil, "\(uri)")
            }
        }
    }
}
