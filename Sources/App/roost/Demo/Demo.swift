import Definitions
import Foundation
import NativeAPI
import RoostClient

/// Pipelines, their log, and what watches them, on a running server. Each scene verifies what it shows.
struct Demo {
    static let workspace = "demo"
    private static let requests = 1000

    let client: RoostClient
    let examples: ExampleFiles

    func run() async throws {
        let status = try await client.status()
        let runtimes = status.runtimes.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
        print("")
        DemoText.line(.bold("Roost \(status.version)"), .plain(" at \(client.baseURL) with \(runtimes)"))
        if try await !client.workspaces().contains(where: { $0.name == Self.workspace }) {
            _ = try await client.createWorkspace(Self.workspace)
        }
        let shown = [try await showShadow(), try await showSplit(), try await showValidation()]
        try await showLogs(shown)
        try await showWatching()
    }

    /// Shows a shadow deploy: three models see the same payment, and one answers.
    private func showShadow() async throws -> Shown {
        DemoText.title(1, "A challenger sees the same traffic but never answers")
        let champion = try await upload("fraud-dense", "fraud-dense.onnx")
        let challengers = [
            try await upload("fraud-trees", "fraud-trees.onnx"), try await upload("fraud-xgb", "fraud-binary.json"),
        ]
        let step = Step.shadowDeploy(
            ShadowDeploy(champion: champion.exact, challengers: challengers.map(\.exact))
        )
        var shown = try await deploy("demo-shadow", step)

        let answer = try await infer(shown, examples.data("fraud.json"))
        var rows = [("champion", champion, answer.outputs)]
        rows += challengers.map { ("challenger", $0, answer.shadowData?[$0.model] ?? []) }
        for (role, model, outputs) in rows {
            let probability = try number(outputs)
            let label = pad(role, 10) + "  " + pad(model.model, 12) + " " + pad(model.framework.rawValue, 8) + " "
            let note: DemoText = role == "champion" ? .green(" ← the answer") : .plain("")
            DemoText.line(.plain("  \(label)"), .gauge(probability), .plain(format(" %.4f", probability)), note)
            try check(probability > 0.5, "\(model.model) classifies the payment as fraud")
            shown.expected[Shown.Run(model: model.model, role: role)] = 1
        }
        print("  \(Int(saturating: answer.elapsed / 1000)) µs in the server, including the challengers")
        try check(answer.modelName == champion.model, "the champion answers")
        return shown
    }

    /// Shows a random split: each session keeps the model that it got first.
    private func showSplit() async throws -> Shown {
        DemoText.title(2, "\(Self.requests) requests, split 2 : 1 by session")
        let control = try await upload("fraud-trees", "fraud-trees.onnx")
        let candidate = try await upload("fraud-dense", "fraud-dense.onnx")
        let split = RandomSplit(
            models: [.init(model: control.exact, weight: 2), .init(model: candidate.exact, weight: 1)],
            hashKey: "session_id"
        )
        // Payments that are not clearly fine go to a person. The better model sends fewer. A report can then compare the two.
        let limit = 0.001
        let goal = GoalMetric(metric: "outputs[0][0] > \(limit)", better: .lower)
        var shown = try await deploy("demo-split", .randomSplit(split), goal: goal)

        let payments = try JSONDecoder().decode([String: [[Double]]].self, from: examples.data("fraud-1000.json"))
        let bodies = try (payments["tensor"] ?? []).prefix(Self.requests).enumerated().map { number, payment in
            try JSONEncoder().encode(Payment(tensor: [payment], sessionID: "session-\(number)"))
        }
        var chosen: [String] = []
        var checked: [String: Int] = [:]
        let start = ContinuousClock.now
        for body in bodies {
            let answer = try await infer(shown, body)
            chosen.append(answer.modelName)
            checked[answer.modelName, default: 0] += try number(answer.outputs) > limit ? 1 : 0
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        for model in [control, candidate] {
            let count = chosen.count { $0 == model.model }
            let checkedCount = format("%3d", checked[model.model] ?? 0)
            DemoText.line(
                .plain("  \(pad(model.model, 14)) "),
                .gauge(Double(count) / Double(Self.requests)),
                .plain(" \(format("%4d", count)) requests, \(checkedCount) for a person to check")
            )
            shown.expected[Shown.Run(model: model.model, role: "champion")] = count
        }
        print("  \(Int(saturating: Double(bodies.count) / seconds)) requests per second, sent one at a time")

        for (body, model) in zip(bodies, chosen).prefix(20) {
            let answer = try await infer(shown, body)
            try check(answer.modelName == model, "a session gets the same model as before")
            shown.expected[Shown.Run(model: model, role: "champion"), default: 0] += 1
        }
        print("  20 sessions returned: each got the same model as before")
        let share = Double(chosen.count { $0 == control.model }) / Double(chosen.count)
        try check((0.6..<0.73).contains(share), "two out of three requests go to \(control.model)")
        let report = try await client.makeReport(on: "demo-split")
        let verdict = report.experiment?.comparisons.first?.verdict
        try check(verdict == .better, "the report finds the candidate better")
        print("  The report on this experiment says: \(candidate.model) is better")
        return shown
    }

    private struct Payment: Encodable {
        var tensor: [[Double]]
        var sessionID: String

        private enum CodingKeys: String, CodingKey {
            case tensor
            case sessionID = "session_id"
        }
    }

    /// Shows a validation: it flags the one house in a batch whose price cannot be right.
    private func showValidation() async throws -> Shown {
        DemoText.title(3, "A validation finds the one bad row in a batch")
        let model = try await upload("house-price", "house-price.onnx")
        let limit = Validation(name: "price too high", expression: "house-price.outputs[0][0] < 100")
        var shown = try await deploy("demo-houses", .model(model.exact), [limit])

        let data = try examples.data("houses.json")
        let houses = try JSONDecoder().decode([String: [[Double]]].self, from: data)["features"] ?? []
        let answer = try await infer(shown, data)
        let prices = answer.outputs.first?.numbers ?? []
        let failure = answer.checkFailures.first?["False"]
        for (row, price) in prices.enumerated() where row < houses.count {
            switch row {
            case 0, 1, 16, 17, 18:
                let isFlagged = failure?.rows?.contains(row) == true
                DemoText.line(
                    .plain(format("  row %2d  living area %6.0f m²  %8.2f", row, houses[row][0], price)),
                    isFlagged ? .red(" ← fails \(failure?.expr ?? "")") : .plain("")
                )
            case 2, 19: print("  …")
            default: break
            }
        }
        try check(failure?.rows == [17], "row 17 is flagged")
        shown.expected[Shown.Run(model: model.model, role: "champion")] = 1
        shown.expectedInvalid = 1
        return shown
    }

    /// Shows the inference log: every output above, read back.
    private func showLogs(_ pipelines: [Shown]) async throws {
        DemoText.title(4, "Every inference is in the log")
        print("  pipeline     model          role       entries  failed  newest output")
        for shown in pipelines {
            let entries = try await entries(of: shown.pipeline).filter { !shown.earlier.contains($0.id) }
            let runs = Dictionary(grouping: entries) { Shown.Run(model: $0.modelName, role: $0.role) }
            for (run, entries) in runs.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }) {
                let failed = entries.count { !$0.valid }
                let newest = entries.first?.outputs.first?.numbers ?? []
                let values = newest.prefix(3).map { format("%.4f", $0) }.joined(separator: " ")
                let count = format("%7d", entries.count)
                DemoText.line(
                    .plain("  \(pad(shown.pipeline, 12)) \(pad(run.model, 14)) \(pad(run.role, 10)) \(count)"),
                    failed > 0 ? .red(format("  %6d", failed)) : .plain(format("  %6d", failed)),
                    .plain("  \(values)\(newest.count > 3 ? " …" : "")")
                )
            }
            try check(runs.mapValues(\.count) == shown.expected, "the log of \(shown.pipeline) has every inference")
            try check(entries.count { !$0.valid } == shown.expectedInvalid, "the log has the failed validations")
        }
    }

    // MARK: Requests

    /// Returns the newest version of the model with this name, which is uploaded if there is none.
    func upload(_ name: String, _ file: String) async throws -> ModelVersion {
        let models = try await client.models(in: Self.workspace)
        if let version = models.first(where: { $0.name == name })?.versions.first { return version }
        return try await client.uploadModel(name, path: examples.model(file), in: Self.workspace).version
    }

    func deploy(
        _ name: String,
        _ step: Step,
        _ validations: [Validation] = [],
        goal: GoalMetric? = nil
    ) async throws -> Shown {
        let definition = PipelineDefinition(
            name: name,
            workspace: Self.workspace,
            steps: [step],
            validations: validations,
            monitoring: MonitoringSettings(goal: goal)
        )
        _ = try await client.apply(definition)
        _ = try await client.deploy(name)
        _ = try await client.waitForDeployment(of: name)
        return Shown(pipeline: name, earlier: Set(try await entries(of: name).map(\.id)))
    }

    func infer(_ shown: Shown, _ body: Data) async throws -> DemoAnswer {
        try DemoAnswer.decode(await client.infer(shown.pipeline, body: body))
    }

    private func entries(of pipeline: String) async throws -> [DemoEntry] {
        var filter = RoostClient.LogFilter()
        filter.limit = 5000
        var lines = Data()
        for try await chunk in try await client.logs(of: pipeline, filter) { lines.append(chunk) }
        return try DemoEntry.decode(lines: lines)
    }

    func number(_ outputs: [DemoOutput]) throws -> Double {
        guard let number = outputs.first?.numbers.first else { throw failure("the model has an output") }
        return number
    }

    func check(_ isSo: Bool, _ what: String) throws {
        if !isSo { throw failure(what) }
    }

    func failure(_ what: String) -> RoostError {
        RoostError(.internalError, "The demo failed. Expected: \(what).")
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
    }

    private func format(_ format: String, _ values: any CVarArg...) -> String {
        String(format: format, arguments: values)
    }
}

/// A pipeline of the demo, and what this run must add to its log.
struct Shown {
    struct Run: Hashable, Comparable {
        var model: String
        var role: String

        /// Champions before challengers.
        static func < (one: Run, other: Run) -> Bool {
            (one.role != "champion" ? 1 : 0, one.model) < (other.role != "champion" ? 1 : 0, other.model)
        }
    }

    let pipeline: String
    /// The ids of the entries of earlier runs.
    let earlier: Set<String>
    var expected: [Run: Int] = [:]
    var expectedInvalid = 0
}

extension ModelVersion {
    /// A reference to exactly this version.
    fileprivate var exact: ModelReference { ModelReference(name: model, version: id) }
}
