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
        let id = "0193a5c0-0000-7000-8000-000000000000"
        let arm = ArmList.Arm(
            name: "a",
            model: ModelReference(name: "m", version: id),
            share: 0.5,
            requests: 2,
            liveShare: 0.25,
            p50Milliseconds: 1.5,
            p99Milliseconds: 2.5
        )
        return [
            Overview(
                counts: counts,
                workspaces: [.init(name: "default", models: 2, pipelines: 1)],
                running: 1,
                needs: [item],
                underWay: [item]
            ),
            NameList(names: NamedKind.allCases.map { .init(kind: $0, name: "n", workspace: "default") }),
            ArmList(pipeline: "p", version: id, since: time, arms: [arm]),
        ]
    }
}
