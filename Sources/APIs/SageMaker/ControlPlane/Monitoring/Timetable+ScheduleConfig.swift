import AWS
import Analyses

extension Timetable {
    /// Reads the `ScheduleExpression` of a `ScheduleConfig`. Without one, runs are due at midnight, UTC.
    ///
    /// - Throws: ``AWSError`` that says which expressions are accepted.
    init(_ config: JSON?) throws {
        guard let expression = config?["ScheduleExpression"]?.string else {
            self = .daily(every: 24, from: 0)
            return
        }
        if expression == "NOW" {
            guard let start = try TimeOffset(config, "DataAnalysisStartTime"),
                let end = try TimeOffset(config, "DataAnalysisEndTime")
            else {
                throw AWSError.validation(
                    "DataAnalysisStartTime and DataAnalysisEndTime are required if ScheduleExpression is NOW."
                )
            }
            self = .once(start: start, end: end)
            return
        }
        let pattern = /cron\(0 (\*|\d{1,2})(?:\/(\d{1,2}))? \? \* \* \*\)/
        guard let match = expression.wholeMatch(of: pattern) else { throw Self.unsupported(expression) }
        let first = match.output.1 == "*" ? 0 : Int(match.output.1) ?? 24
        let every = match.output.2.flatMap { Int($0) } ?? (match.output.1 == "*" ? 1 : 24)
        guard (0...23).contains(first), (1...24).contains(every) else { throw Self.unsupported(expression) }
        self = .daily(every: every, from: first)
    }

    private static func unsupported(_ expression: String) -> AWSError {
        .validation(
            "Invalid ScheduleExpression '\(expression.prefix(80))'. Expected cron(0 * ? * * *) for every hour, cron(0 H ? * * *) for the "
                + "hour H of each day in UTC, cron(0 H/N ? * * *) for every N hours from then on, or NOW."
        )
    }
}

extension TimeOffset {
    /// Reads a member with a duration; `nil` if there is none.
    init?(_ object: JSON?, _ member: String) throws {
        guard let text = object?[member]?.string else { return nil }
        guard let offset = TimeOffset(text) else {
            throw AWSError.validation(
                "'\(text.prefix(40))' is not a valid \(member). Expected a duration of weeks, days, hours, minutes and seconds in ISO 8601, "
                    + "such as -PT1H or -P1D."
            )
        }
        self = offset
    }
}
