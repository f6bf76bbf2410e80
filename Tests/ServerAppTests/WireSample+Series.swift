import Foundation
import NativeAPI

/// Time series.
extension WireSample {
    static func series() throws -> [any WireType & Encodable] {
        let span = #""start": "2026-11-29T20:00:00Z", "end": "2026-11-29T20:00:05Z", "step_seconds": 5"#
        let columns = #"""
            "pipeline": "p", "requests": [3], "errors": [1], "check_failures": [1], "p50_ms": [0.5], "p99_ms": [0.75],
            "total": {"requests": 3, "client_errors": 1, "server_errors": 0, "errors": 1, "check_failures": 1, "mean_ms": 0.5,
            "p50_ms": 0.5, "p90_ms": 0.5, "p99_ms": 0.75, "model_mean_ms": 0.25, "model_p50_ms": 0.25, "model_p90_ms": 0.25,
            "model_p99_ms": 0.25}
            """#
        let one = """
            {\(span), \(columns), "variant": "A", "variants": ["A"], "client_errors": [1], "server_errors": [0], "mean_ms": [0.5],
            "p90_ms": [0.5], "model_mean_ms": [0.25], "model_p50_ms": [0.25], "model_p90_ms": [0.25], "model_p99_ms": [0.25]}
            """
        let several = "{\(span), \"series\": [{\(columns)}]}"
        return [
            try NativeCoding.decoder.decode(PipelineSeries.self, from: Data(one.utf8)),
            try NativeCoding.decoder.decode(SeriesList.self, from: Data(several.utf8)),
        ]
    }
}
