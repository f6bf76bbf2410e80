import Foundation
import NativeAPI

/// What running pipelines compare, and labels that were looked up.
extension WireSample {
    static func comparisons() throws -> [any WireType & Encodable] {
        let (time, id) = (#""2026-01-01T00:00:00Z""#, #""0f8fad5b-d9cb-469f-a165-70867728950e""#)
        let comparison = """
            {
              "pipeline": "p", "kind": "experiment", "version": \(id), "since": \(time), "champion": "a",
              "challengers": ["b"],
              "report": {
                "id": \(id), "pipeline": "p", "kind": "experiment", "created_at": \(time), "start": \(time),
                "end": \(time), "verdicts": {"b": "better"}
              }
            }
            """
        let label = """
            {"id": "i", "key": "user", "hash": "00000000000000ff", "row": 0, "label": 1, "time": \(time)}
            """
        return [
            try decoded(Comparison.self, comparison),
            try decoded(ComparisonList.self, "{\"comparisons\": [\(comparison)], \"total\": 1}"),
            ReportDifferences(
                report: "0f8fad5b-d9cb-469f-a165-70867728950e",
                challengers: [.init(name: "b", rows: 3, lower: -1, upper: 1, counts: [1, 1, 1])]
            ),
            LabelSearch(ids: ["i"], keys: ["user": ["00000000000000ff"]]),
            try decoded(FoundLabels.self, "{\"labels\": [\(label)]}"),
        ]
    }
}
