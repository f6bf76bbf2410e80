package import Definitions
import Pipelines

extension Monitoring {
    /// Checks that a pipeline has a metric.
    ///
    /// - Throws: ``RoostError`` that says what is missing.
    package func check(_ metric: GoalMetric, of pipeline: String, field: String) async throws {
        let subject = try await subject(pipeline)
        do throws(RoostError) {
            _ = try ResolvedMetric(metric, subject.settings.labels, subject.layout)
        } catch {
            throw RoostError(error.code, error.message, field: field)
        }
    }
}
