import AsyncHTTPClient
import Definitions
import Foundation
import NIOHTTP1
import Testing

@testable import RoostClient

@Suite("Requests of the client")
struct RequestTests {
    private let client: RoostClient

    init() throws { client = try RoostClient(url: "http://example.com:8080/", token: "") }

    @Test("the address has no slash at its end")
    func address() throws {
        #expect(client.baseURL == "http://example.com:8080")
        #expect(try RoostClient(url: "https://roost", token: "").baseURL == "https://roost")
        #expect(try RoostClient(url: "https://roost/a/b/", token: "").baseURL == "https://roost/a/b")
    }

    @Test("a request has the method, the path, the query in order and the client's name")
    func request() {
        let request = client.request(.PUT, "/v1/models", ["workspace": "a b", "framework": "onnx"])
        #expect(request.method == .PUT)
        #expect(request.url == "http://example.com:8080/v1/models?framework=onnx&workspace=a%20b")
        #expect(request.headers["user-agent"] == ["roost-client"])
        #expect(client.request(.GET, "/v1/status").url == "http://example.com:8080/v1/status")
    }

    @Test(
        "a segment of a path keeps only unreserved characters",
        arguments: [
            ("fraud-model_1.0~", "fraud-model_1.0~"), ("a/b", "a%2Fb"), ("a b", "a%20b"),
            ("?x=1&y#z", "%3Fx%3D1%26y%23z"),
            ("100%", "100%25"), ("é", "%C3%A9"), ("", ""), ("..", ".."),
        ]
    )
    func segment(text: String, escaped: String) {
        #expect(RoostClient.escaped(text) == escaped)
    }

    @Test("a job has a path by its kind and its name")
    func jobs() {
        #expect(RoostClient.path(.training) == "/v1/training-jobs")
        #expect(RoostClient.path(.tuning, "a/b") == "/v1/tuning-jobs/a%2Fb")
    }

    @Test("a filter leaves unset properties out")
    func filters() {
        #expect(RoostClient.JobFilter().query == ["limit": "100", "offset": "0"])
        var jobs = RoostClient.JobFilter()
        jobs.nameContains = "tree"
        jobs.status = .inProgress
        jobs.tuningJob = "search"
        jobs.limit = 7
        #expect(
            jobs.query == [
                "name_contains": "tree", "status": "InProgress", "tuning_job": "search", "limit": "7", "offset": "0",
            ]
        )
        #expect(RoostClient.LogFilter().query.isEmpty)
        var logs = RoostClient.LogFilter()
        logs.limit = 5
        logs.valid = false
        logs.model = "m"
        #expect(logs.query == ["limit": "5", "valid": "false", "model": "m"])
    }

    @Test("labels go to a pipeline or to an endpoint")
    func labels() {
        #expect(RoostClient.LabelTarget.pipeline("a/b").path == "/v1/pipelines/a%2Fb/ground-truth")
        #expect(RoostClient.LabelTarget.endpoint("e").path == "/v1/endpoints/e/ground-truth")
    }

    @Test("a question about quality has only the parameters that are set")
    func quality() {
        #expect(RoostClient.QualityFilter().query.isEmpty)
        var filter = RoostClient.QualityFilter()
        filter.start = Date(timeIntervalSince1970: 1_795_000_000)
        filter.by = "inputs.age"
        filter.bins = 4
        filter.every = 3600
        filter.worst = 5
        #expect(
            filter.query == [
                "start": "2026-11-18T11:06:40.000000Z", "by": "inputs.age", "bins": "4", "every": "3600", "worst": "5",
            ]
        )
    }
}
