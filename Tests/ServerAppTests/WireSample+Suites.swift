import Definitions
import Foundation
import NativeAPI

/// Test suites, gates, and where a model version comes from.
extension WireSample {
    private static let run = """
        {
          "id": "0a1b2c3d-0000-4000-8000-000000000000", "suite": "s", "revision": 2, "model": "m@v", "workspace": "team", "cause": "training_job", "job": "j",
          "by": "ann", "outcome": "failed", "reason": "1 of 2 cases failed.", "created_at": "2026-01-01T00:00:00Z",
          "started_at": "2026-01-01T00:00:00Z", "ended_at": "2026-01-01T00:00:00Z", "attempts": 1, "champion": "m@u",
          "counts": {"cases": 2, "failed": 1},
          "cases": [{
            "name": "c", "kind": "quality", "passed": false, "message": "Too low.", "elapsed_ms": 1.5,
            "measures": [{
              "name": "f1", "on": "s3://b/k", "value": 0.5, "champion": 0.75, "lower": 0.25, "upper": 0.75, "minimum": 0.5,
              "maximum": 1.5, "count": 10
            }]
          }]
        }
        """

    /// With all fields, although some of them exclude others.
    private static let definition = """
        {
          "model": "m", "workspace": "team", "pipeline": "p", "replaces": "m", "name": "s", "champion": "p",
          "training_jobs": "fraud-*",
          "cases": [
            {"name": "a", "golden": {"inputs": {"x": [1]}, "outputs": {"y": [2]}, "absolute": 0.5, "relative": 0.5}},
            {"name": "b", "quality": {
              "metric": "f1", "data": ["s3://b/k"], "minimum": 0.5, "maximum": 1, "versus_champion": {"margin": 0.5},
              "output": "y", "threshold": 0.5, "rows": 100
            }},
            {"name": "c", "latency": {
              "budget_ms": 5, "percentile": 99, "runs": 10, "batches": [1, 8], "inputs": {"x": [1]}
            }},
            {"name": "d", "size": {"budget_bytes": 1000}},
            {"name": "e", "memory": {"budget_bytes": 1000}},
            {"name": "f", "behavior": {
              "expect": "same", "change": {"input": "x[0]", "set": 1.5, "add": 1.5, "multiply": 1.5}, "inputs": {"x": [1]},
              "data": "s3://b/k", "output": "y", "threshold": 0.5, "tolerance": 0.5, "allowed": 0.5, "rows": 10
            }},
            {"name": "i", "program": {"function": "f@1", "inputs": {"x": [1]}, "parameters": {"a": true}}}
          ]
        }
        """

    static func suites() throws -> [any WireType & Encodable] {
        let suite = """
            {
              "name": "s", "revision": 2, "model": "m", "workspace": "team", "definition": \(definition),
              "case_count": 7, "gates": ["p"],
              "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "last_run": \(run)
            }
            """
        return [
            try decoded(SuiteDefinition.self, definition),
            SuiteList(suites: [try decoded(Suite.self, suite)], total: 1, outcomes: [.failed: 1]),
            SuiteRunList(runs: [try decoded(SuiteRun.self, run)], total: 1),
            SuiteRunRequest(version: "v", by: "ann"),
            SuiteSuggestion(name: "s", definition: try decoded(SuiteDefinition.self, definition), notes: ["None."]),
        ]
    }

    static func gates() throws -> [any WireType & Encodable] {
        let gate = """
            {
              "pipeline": "p", "suites": ["s"], "by": "ann", "created_at": "2026-01-01T00:00:00Z",
              "updated_at": "2026-01-01T00:00:00Z",
              "overrides": [{
                "model": "m@v", "reason": "The labels were wrong.", "by": "ann", "created_at": "2026-01-01T00:00:00Z",
                "problems": ["Suite 's' failed."]
              }]
            }
            """
        let verdict = """
            {
              "pipeline": "p", "workspace": "team", "model": "m@v", "admitted": false, "problems": ["Suite 's' failed."]
            }
            """
        return [
            GateDefinition(suites: ["s"], by: "ann"),
            GateList(
                gates: [try decoded(Gate.self, gate)],
                total: 1,
                verdicts: [try decoded(GateVerdict.self, verdict)]
            ),
            GateOverrideRequest(
                model: ModelReference(name: "m", version: "v"),
                reason: "The labels were wrong.",
                by: "ann"
            ),
            try decoded(GateVerdict.self, verdict),
        ]
    }

    static func decoded<Value: Decodable>(_ type: Value.Type, _ json: String) throws -> Value {
        try NativeCoding.decoder.decode(type, from: Data(json.utf8))
    }
}
