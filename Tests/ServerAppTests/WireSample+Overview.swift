import Definitions
import Foundation
import NativeAPI

/// What needs attention.
extension WireSample {
    static func overview() -> [any WireType & Encodable] {
        let item = Overview.Item(
            .jobFailed,
            .init(.job, "j"),
            pipeline: "p",
            "It ended with status 1.",
            since: Date(timeIntervalSince1970: 1_764_400_000),
            details: ["kind": "training"]
        )
        let counts = RecordCounts(
            pipelines: 1,
            models: 2,
            endpoints: 3,
            functions: 4,
            buckets: 5,
            assays: 6,
            suites: 7,
            loops: 8,
            gates: 9
        )
        return [Overview(counts: counts, running: 1, needs: [item], underWay: [item])]
    }
}
