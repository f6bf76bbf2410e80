import Definitions
import Foundation
import NativeAPI

/// Loops, their runs, and the training sets that they build.
extension WireSample {
    private static let digest = String(repeating: "0", count: 64)
    private static let request = """
        {
          "output": "s3://b/k", "start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z", "window": "7d", "rows": 1000,
          "validation": 0.5, "add_to": "s3://b/old", "weight": {"where": "inputs.x > 1", "factor": 3}
        }
        """
    private static let set = """
        {
          "pipeline": "p", "train": {"uri": "s3://b/k", "sha256": "\(digest)", "rows": 3, "bytes": 30},
          "validation": {"uri": "s3://b/v", "sha256": "\(digest)", "rows": 1, "bytes": 10}, "features": ["inputs.x"],
          "counts": {
            "logged": 5, "unlabeled": 1, "incomplete": 1, "wrong_type": 1, "older": 1, "repeated": 1, "added": 1
          },
          "start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"
        }
        """
    private static let run = """
        {
          "id": "0a1b2c3d-0000-4000-8000-000000000000", "loop": "l", "pipeline": "p", "state": "failed",
          "cause": {"kind": "event", "message": "Assay 'a' alerts.", "event": 7, "by": "ann"},
          "started_at": "2026-01-01T00:00:00Z", "ended_at": "2026-01-01T00:00:00Z", "reason": "The suite failed.",
          "steps": [{
            "kind": "test", "state": "failed", "started_at": "2026-01-01T00:00:00Z", "ended_at": "2026-01-01T00:00:00Z",
            "finding": "Suite 's' failed.",
            "links": {"data": \(set), "job": "j", "version": "m@v", "suite_runs": ["0a1b2c3d-0000-4000-8000-000000000000"], "release": "0a1b2c3d-0000-4000-8000-000000000000"}
          }]
        }
        """
    private static let definition = """
        {
          "name": "l", "pipeline": "p", "model": "m", "cooldown": "1h", "paused": true,
          "when": {
            "assay": "a", "suite": "s", "gate": "p", "event": "job.*", "subject": "job:j", "every": "1d", "cron": "0 0 * * *",
            "labels": 100
          },
          "then": {
            "build": \(request),
            "train": {
              "algorithm": "xgboost", "hyperparameters": {"num_round": "5"},
              "channels": [{
                "name": "validation", "uri": "s3://b/v", "selection": "prefix", "content_type": "text/csv", "compressed": true
              }],
              "output": "s3://b/out", "max_runtime": 60, "environment": {"A": "b"},
              "metrics": [{"name": "loss", "pattern": "loss: (.*)"}], "checkpoints": "s3://b/c"
            },
            "test": ["s"], "replay": 100, "shadow": {"duration": "1h", "units": 10},
            "canary": {
              "stages": [{"share": 0.5, "duration": "1h", "units": 10}], "hash_key": "user",
              "goal": {
                "metric": "latency", "better": "lower", "smallest_effect": 0.5, "alpha": 0.05, "minimum": 0, "maximum": 1,
                "budget_ms": 10
              },
              "guardrails": [{
                "metric": "latency", "better": "lower", "smallest_effect": 0.5, "alpha": 0.05, "minimum": 0, "maximum": 1,
                "budget_ms": 10, "limit": 0.5
              }],
              "alpha": 0.05, "time_limit": "1d"
            },
            "promote": "better", "tell": "Done."
          }
        }
        """

    static func loops() throws -> [any WireType & Encodable] {
        let loop = """
            {
              "name": "l", "definition": \(definition), "created_at": "2026-01-01T00:00:00Z", "last": \(run),
              "next_at": "2026-01-01T00:00:00Z", "ignored": {"time": "2026-01-01T00:00:00Z", "reason": "A run was going on."}
            }
            """
        return [
            try decoded(LoopDefinition.self, definition), LoopList(loops: [try decoded(Loop.self, loop)], total: 1),
            LoopRunList(runs: [try decoded(LoopRun.self, run)], total: 1),
            try decoded(TrainingSetRequest.self, request),
            try decoded(TrainingSet.self, set),
        ]
    }
}
