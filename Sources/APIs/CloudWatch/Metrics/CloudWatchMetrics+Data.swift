import AWS
import Definitions
import Foundation

/// `GetMetricData`.
extension CloudWatchMetrics {
    private static let queryLimit = 500
    private static let datapointLimit = 100_800

    func getMetricData(_ call: AWSCall) async throws -> JSON? {
        let input = call.input
        let code = MetricDataQuery.code
        let texts = input["MetricDataQueries"]?.array ?? []
        guard (1...Self.queryLimit).contains(texts.count) else {
            throw AWSError(code, "The parameter MetricDataQueries must have 1 to \(Self.queryLimit) queries.")
        }
        let queries = try texts.map {
            try MetricDataQuery($0, start: input["StartTime"], end: input["EndTime"], now: call.time)
        }
        try Self.check(queries)
        let limit = input["MaxDatapoints"]?.int ?? Self.datapointLimit
        guard (1...Self.datapointLimit).contains(limit) else {
            throw AWSError(code, "The parameter MaxDatapoints must be between 1 and \(Self.datapointLimit).")
        }
        let page = try Page(call, limit: limit)
        let isDescending = input["ScanBy"]?.string != "TimestampAscending"
        var values: [String: [Date: Double]] = [:]
        var found: [MetricKey: MetricReader.Found] = [:]
        for query in queries {
            guard case .metric(let metric, let span, let statistic) = query.source else { continue }
            let key = MetricKey(metric: metric, span: span)
            let known: MetricReader.Found
            if let earlier = found[key] {
                known = earlier
            } else {
                known = try await reader.read(metric, span, at: call.time, code: code)
                // Most requests ask for several statistics of a metric, one after the other.
                if found.count >= Self.remembered { found = [:] }
                found[key] = known
            }
            var points: [Date: Double] = [:]
            for (index, period) in known.periods {
                if let value = period.value(statistic) { points[span.time(of: index)] = value }
            }
            values[query.id] = points
        }
        for query in queries {
            guard case .expression(let expression) = query.source else { continue }
            values[query.id] = Self.values(of: expression, values)
        }
        return Self.answer(queries.filter(\.returnsData), values, page, isDescending)
    }

    private static let remembered = 20

    private struct MetricKey: Hashable {
        let metric: MetricName
        let span: MetricSpan
    }

    private static func check(_ queries: [MetricDataQuery]) throws {
        var ids: Set<String> = []
        for query in queries where !ids.insert(query.id).inserted {
            throw AWSError(MetricDataQuery.code, "The id \(query.id.prefix(80)) is used by several queries.")
        }
        let metrics = Set(
            queries.compactMap { query in
                if case .metric = query.source { query.id } else { nil }
            }
        )
        for query in queries {
            guard case .expression(let expression) = query.source else { continue }
            for id in expression.ids.sorted() where !metrics.contains(id) {
                throw AWSError(
                    MetricDataQuery.code,
                    "The expression of query \(query.id) uses \(id.prefix(80)), which is not the id of a query with a MetricStat."
                )
            }
        }
    }

    /// Returns the values at the times at which every query that the expression uses has one.
    private static func values(of expression: MetricExpression, _ values: [String: [Date: Double]]) -> [Date: Double] {
        guard let first = expression.ids.first.flatMap({ values[$0] }) else { return [:] }
        var found: [Date: Double] = [:]
        for time in first.keys { found[time] = expression.value { values[$0]?[time] } }
        return found
    }

    /// Returns the page of the values of all queries, one after the other.
    private static func answer(
        _ queries: [MetricDataQuery],
        _ values: [String: [Date: Double]],
        _ page: Page,
        _ isDescending: Bool
    ) -> JSON {
        var results: [JSON] = []
        /// The values of the queries before this one.
        var passed = 0
        var room = page.limit
        var hasMore = false
        for query in queries where !hasMore {
            let points = (values[query.id] ?? [:]).sorted { isDescending ? $0.key > $1.key : $0.key < $1.key }
            let rest = points.dropFirst(max(0, page.offset - passed))
            let wasComplete = rest.isEmpty && passed < page.offset
            passed += points.count
            // All of it was on an earlier page.
            guard !wasComplete else { continue }
            let part = rest.prefix(room)
            room -= part.count
            hasMore = part.count < rest.count
            results.append(
                .object([
                    "Id": .string(query.id), "Label": .string(query.label),
                    "Timestamps": .array(part.map { .time($0.key) }), "Values": .array(part.map { .number($0.value) }),
                    "StatusCode": .string(hasMore ? "PartialData" : "Complete"),
                ])
            )
        }
        return .members([
            "MetricDataResults": .array(results), "Messages": .array([]), "NextToken": hasMore ? page.next : nil,
        ])
    }
}
