import Foundation
import NativeAPI

extension WireSample {
    /// Endpoints, APIs, and what jobs and buckets have for the console.
    static func endpoints() throws -> [any WireType & Encodable] {
        let time = #""2026-11-21T05:15:00.000000Z""#
        let variant = """
            {"name": "v", "model": "m", "version": "1", "weight": 0.5, "instance_count": 1, "instance_type": "ml.m5.large", \
            "problem": "It cannot be loaded."}
            """
        let parts = """
            "variants": [\(variant)], "shadows": [\(variant)], "capture": {"destination": "s3://b/p", "percentage": 50}, \
            "created_at": \(time)
            """
        let endpoint = """
            {"name": "e", "status": "InService", "failure_reason": "No.", "configuration": "c", \(parts), \
            "pending": {"configuration": "d", "started_at": \(time)}, "modified_at": \(time)}
            """
        let api = """
            {"id": "a1", "name": "pets", "kind": "HTTP", "description": "All.", "created_at": \(time), \
            "routes": [{"key": "GET /", "target": "MOCK"}], "stages": [{"name": "prod", "path": "/_aws/execute-api/a1/prod/"}]}
            """
        return [
            try decoded(EndpointList.self, "{\"endpoints\": [\(endpoint)], \"total\": 1}"),
            try decoded(
                EndpointConfigurationList.self,
                "{\"configurations\": [{\"name\": \"c\", \(parts)}], \"total\": 1}"
            ),
            try decoded(EndpointConfiguration.self, "{\"name\": \"c\", \(parts)}"),
            try decoded(GatewayAPIList.self, "{\"apis\": [\(api)], \"total\": 1}"),
            try decoded(
                MetricCourse.self,
                "{\"name\": \"loss\", \"count\": 1, \"positions\": [1], \"times\": [\(time)], \"values\": [0.5]}"
            ),
            try decoded(ObjectRemoval.self, "{\"removed\": 1}"),
        ]
    }
}
