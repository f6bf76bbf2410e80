import Definitions
import Foundation
import NativeAPI
import RoostClient

extension Demo {
    /// How often houses are sent, four times a second, until the assay notices the drift.
    private static let driftTries = 120

    /// Shows a release that is under way, and an assay that notices drift.
    func showWatching() async throws {
        DemoText.title(5, "A release under way, and an assay that notices drift")
        try await startRelease()
        try await letDrift()
    }

    /// Releases a second model to half of the requests, for a day, unless an earlier run has done so.
    private func startRelease() async throws {
        let name = "demo-release"
        if try await client.pipelines(in: Self.workspace).contains(where: { $0.name == name }),
            try await client.releases(of: name).contains(where: \.state.isOpen)
        {
            print("  \(name): its release of an earlier run goes on")
            return
        }
        let champion = try await upload("fraud-dense", "fraud-dense.onnx")
        let candidate = try await upload("fraud-dense-2", "fraud-dense-2.onnx")
        let shown = try await deploy(name, .model(ModelReference(name: champion.model, version: champion.id)))
        guard let day = TimeSpan("1d") else { throw failure("a day is a length of time") }
        _ = try await client.startRelease(
            ReleaseDefinition(
                pipeline: name,
                candidate: ModelReference(name: candidate.model, version: candidate.id),
                stages: [.init(share: 0.5, duration: day, units: 1000)]
            ),
            by: "the demo"
        )
        _ = try await client.waitForDeployment(of: name)
        let payment = try examples.data("fraud.json")
        var counts: [String: Int] = [:]
        for _ in 0..<200 { counts[try await infer(shown, payment).modelName, default: 0] += 1 }
        print("  \(name): \(candidate.model) answers half of the requests for a day, then it is promoted")
        try check(counts.count <= 2, "only the champion and the candidate answer")
    }

    /// Sends houses that are larger than those that the model knows, until the assay says so.
    private func letDrift() async throws {
        let name = "demo-living-area"
        let known = String(decoding: try examples.data("houses.csv"), as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: ",").dropFirst().compactMap { Double($0) }
        }
        guard let window = TimeSpan("2s"), let every = TimeSpan("1s") else {
            throw failure("seconds are a length of time")
        }
        _ = try await client.putAssay(
            name,
            AssayDefinition(
                pipeline: "demo-houses",
                metric: "inputs.features[0]",
                baseline: .init(values: known.compactMap { $0.first.map { .number($0) } }),
                window: window,
                every: every,
                alert: 0.25
            )
        )
        let larger = known.map { [$0[0] * 1.6] + $0.dropFirst() }
        let body = try JSONEncoder().encode(["features": larger])
        var tries = 0
        var assay = try await client.resumeAssay(name)
        while assay.level != .alert {
            guard tries < Self.driftTries else { throw failure("the assay notices the drift") }
            tries += 1
            _ = try await client.infer("demo-houses", body: body)
            try await Task.sleep(for: .milliseconds(250))
            assay = try await client.assay(name)
        }
        // Its windows are for the demo, and nothing is sent any more.
        try await client.pauseAssay(name)
        DemoText.line(
            .plain("  \(name): the houses got larger, "),
            .red("drift alert"),
            .plain(String(format: " at a score of %.2f", assay.last?.score ?? 0))
        )
    }
}
