import Database
package import Definitions
package import Foundation

extension Catalog {
    /// How long metrics are kept: 15 months, as in CloudWatch.
    private static let metricDays = 455

    static func addMetric(_ metric: MonitoringMetric, _ connection: Connection) throws {
        let (series, summary) = (metric.series, metric.summary)
        try connection.executeOften(
            """
            INSERT INTO monitoring_metric (series_group, schedule, endpoint, name, time, count, sum, minimum, maximum)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                series.group.rawValue, series.schedule, series.endpoint, series.name, metric.time.microseconds,
                summary.count, summary.sum, summary.minimum, summary.maximum,
            ]
        )
    }

    /// Removes the metrics that are older than they are kept.
    static func removeOldMetrics(at now: Date, _ connection: Connection) throws {
        let oldest = now.addingTimeInterval(-Double(metricDays) * 86_400)
        try connection.execute("DELETE FROM monitoring_metric WHERE time < ?", [oldest.microseconds])
    }

    /// Returns the values of a metric from `start` until before `end`, the oldest first.
    package func metrics(
        _ series: MonitoringMetric.Series,
        from start: Date,
        before end: Date
    ) async throws -> [MonitoringMetric] {
        try await database.read { connection in
            try connection.rows(
                """
                SELECT * FROM monitoring_metric WHERE series_group = ? AND schedule = ? AND endpoint = ? AND name = ?
                    AND time >= ? AND time < ? ORDER BY time
                """,
                [
                    series.group.rawValue, series.schedule, series.endpoint, series.name, start.microseconds,
                    end.microseconds,
                ]
            ).map { row in
                MonitoringMetric(
                    series: series,
                    time: Date(microseconds: row["time"]),
                    summary: .init(
                        count: row["count"],
                        sum: row["sum"],
                        minimum: row["minimum"],
                        maximum: row["maximum"]
                    )
                )
            }
        }
    }

    /// Returns the metrics that have values, by their names.
    package func metricSeries() async throws -> [MonitoringMetric.Series] {
        try await database.read { connection in
            try connection.rows(
                "SELECT DISTINCT series_group, schedule, endpoint, name FROM monitoring_metric ORDER BY 1, 2, 3, 4"
            ).compactMap { row in
                MonitoringMetric.Group(rawValue: row["series_group"]).map {
                    MonitoringMetric.Series(
                        group: $0,
                        endpoint: row["endpoint"],
                        schedule: row["schedule"],
                        name: row["name"]
                    )
                }
            }
        }
    }
}
