package import Definitions

extension Estimate: WireType {
    package static let schema = Schema.described(
        "A value, its interval at the report's confidence, and how many observations stand behind it.",
        .object(["value": .number(), "count": .integer(min: 0)], optional: ["interval": .reference(ValueRange.self)])
    )
}

extension ValueRange: WireType {
    package static let schema = Schema.object(["lower": .number(), "upper": .number()])
}

extension LatencySummary: WireType {
    package static let schema = Schema.described(
        "The durations of inferences in milliseconds.",
        .object(
            ["p50_ms": .number(min: 0), "p95_ms": .number(min: 0), "p99_ms": .number(min: 0)],
            optional: ["budget_ms": .number(above: 0), "over_budget": .reference(Estimate.self)]
        )
    )
}
