import Definitions
import Foundation
import Testing

@testable import Jobs

@Suite("Metric reader")
struct MetricReaderTests {
    private let now = Date(timeIntervalSince1970: 1_700_000_000)

    private func values(_ pattern: String, _ line: String) throws -> [Double] {
        try MetricReader([MetricDefinition(name: "m", pattern: pattern)]).values(in: line, at: now).map(\.value)
    }

    @Test("a metric is the first group of its pattern's first match")
    func groups() throws {
        #expect(try values(#"loss=([0-9.]+)"#, "loss=0.5 loss=0.7") == [0.5])
        #expect(try values(#"loss=([0-9.]+)"#, "error=0.5") == [])
        #expect(try values(#"loss=(\w+)"#, "loss=none") == [])
        #expect(try values(#"loss="#, "loss=1") == [])
        for odd in ["nan", "inf", "-inf"] { #expect(try values(#"loss=(\S+)"#, "loss=\(odd)") == []) }
        #expect(
            try values(#".*\[[0-9]+\].*#011validation-rmse:(\S+)"#, "[7]#011train-rmse:1#011validation-rmse:2e-3") == [
                0.002
            ]
        )
    }

    @Test("an invalid pattern is refused")
    func badPattern() {
        #expect(throws: RoostError.self) { try MetricReader([MetricDefinition(name: "m", pattern: "(")]) }
    }

    @Test("a pattern that would never finish is stopped", .timeLimit(.minutes(1)))
    func endless() throws {
        #expect(try values("(a+)+$", String(repeating: "a", count: 4000) + "b") == [])
    }

    @Test("a pattern that is slow repeatedly is given up", .timeLimit(.minutes(1)))
    func givenUp() throws {
        let reader = try MetricReader([
            MetricDefinition(name: "slow", pattern: "(a+)+$"), MetricDefinition(name: "fast", pattern: "x=([0-9]+)"),
        ])
        let line = String(repeating: "a", count: 4000) + "b x=3"
        var givenUp: [String] = []
        for _ in 0..<200 {
            #expect(reader.values(in: line, at: now).map(\.value) == [3])
            givenUp += reader.takeGivenUp()
        }
        #expect(givenUp == ["slow"])
    }

    @Test(
        "the built-in reader finds the same metrics as the algorithms' patterns",
        arguments: [
            "[0]#011train-rmse:1.25#011validation-rmse:2.5e-1", "[12]\ttrain-mae:3\tvalidation-mae:4",
            "#quality_metric: host=algo-1, epoch=3, train binary_classification_accuracy <score>=0.75",
            "#quality_metric: host=algo-1, validation objective_loss <loss>=0.5", "[info] no metric: 7", "rmse:1",
            "#quality_metric: host=algo-1", "#quality_metric: host=algo-1, test msd <loss>=nothing",
        ]
    )
    func builtIn(line: String) throws {
        let definitions = BuiltInAlgorithm.allCases.flatMap(\.metrics)
        let patterns = try MetricReader(definitions).values(in: line.replacing("\t", with: "#011"), at: now)
        let mine = try MetricReader([], hasBuiltInMetrics: true).values(in: line, at: now)
        #expect(
            Dictionary(patterns.map { ($0.name, $0.value) }) { $1 }
                == Dictionary(mine.map { ($0.name, $0.value) }) { $1 }
        )
    }
}
