import Definitions
import Foundation
import NativeAPI
import Testing

@testable import roost

@Suite("roost pipeline show")
struct PipelineShowTests {
    @Test("the output has all of the definition, and can be applied again")
    func text() throws {
        let definition = PipelineDefinition(
            name: "churn",
            workspace: "team",
            steps: [
                .randomSplit(
                    RandomSplit(
                        models: [
                            .init(model: ModelReference(name: "a"), weight: 1, name: "linear"),
                            .init(model: ModelReference(name: "b"), weight: 1, name: "trees"),
                        ],
                        hashKey: "user"
                    )
                )
            ],
            validations: [Validation(name: "odd", expression: "1e3")],
            monitoring: MonitoringSettings(
                goal: GoalMetric(metric: "accuracy", better: .higher, smallestEffect: 0.01),
                guardrails: [
                    GuardrailMetric(metric: GoalMetric(metric: "errors"), limit: 0.01),
                    GuardrailMetric(metric: GoalMetric(metric: "latency", budgetMilliseconds: 5)),
                ],
                labels: LabelSettings(kind: .class, prediction: "outputs[0]", threshold: 0.4, waitHours: 24),
                log: LogSettings(keep: .firstRows(10), omit: ["name"], mask: ["age"])
            )
        )
        let time = Date(timeIntervalSince1970: 1_795_000_000)
        let pipeline = Pipeline(
            name: "churn",
            workspace: "team",
            createdAt: time,
            updatedAt: time,
            tags: [],
            version: PipelineVersion(
                id: "7",
                createdAt: time,
                steps: definition.steps,
                validations: definition.validations,
                monitoring: definition.monitoring,
                experiment: Experiment(id: "8", startedAt: time, salt: 1, intervals: [])
            ),
            deployment: nil
        )
        let text = try PipelineCommand.Show.text(of: pipeline)
        #expect(text.hasSuffix("# version 7, 2026-11-18 11:06:40\n# experiment 8, started 2026-11-18 11:06:40\n"))
        let applied = try YAMLDefinition(text, of: "the output", field: "file").decode(PipelineDefinition.self)
        #expect(applied == definition)
        for line in ["  smallest_effect: 0.01", "  budget_ms: 5", "  threshold: 0.4", "  expression: '1e3'"] {
            #expect(text.contains(line + "\n"), "\(line)")
        }
    }

    @Test("a goal, guardrails and what the log keeps may be words")
    func words() throws {
        let text = """
            name: churn
            steps: [{model: a}]
            goal: accuracy
            guardrails: [errors, {metric: latency, budget_ms: 5}]
            labels: {type: class}
            log: {keep: all}
            """
        let definition = try YAMLDefinition(text, of: "the file", field: "file").decode(PipelineDefinition.self)
        #expect(
            definition.monitoring
                == MonitoringSettings(
                    goal: GoalMetric(metric: "accuracy"),
                    guardrails: [
                        GuardrailMetric(metric: GoalMetric(metric: "errors")),
                        GuardrailMetric(metric: GoalMetric(metric: "latency", budgetMilliseconds: 5)),
                    ],
                    labels: LabelSettings(kind: .class),
                    log: LogSettings(keep: .all)
                )
        )
    }
}
