import Definitions
import Foundation
import Testing

@Suite("Schedules in the words of cron")
struct CronScheduleTests {
    private func time(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

    @Test(
        "know the next time",
        arguments: [
            ("0 * * * *", "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"),
            ("*/15 * * * *", "2026-03-01T10:14:59Z", "2026-03-01T10:15:00Z"),
            ("30 2 * * *", "2026-03-01T02:30:00Z", "2026-03-02T02:30:00Z"),
            ("0 0 1 1 *", "2026-03-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("0 12 * * 1-5", "2026-03-06T12:00:00Z", "2026-03-09T12:00:00Z"),
            ("0 0 * * 7", "2026-03-02T00:00:00Z", "2026-03-08T00:00:00Z"),
            // The 13th or a Friday.
            ("0 0 13 * 5", "2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z"),
            ("0 0 15 * 5", "2026-03-13T00:00:00Z", "2026-03-15T00:00:00Z"),
            ("0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("5/20 9 * * *", "2026-03-01T09:05:00Z", "2026-03-01T09:25:00Z"),
            ("1,2 3 * * *", "2026-03-01T03:01:30Z", "2026-03-01T03:02:00Z"),
        ]
    )
    func next(line: String, after: String, expected: String) throws {
        let schedule = try CronSchedule(line, field: "cron")
        #expect(schedule.next(after: try time(after)) == (try time(expected)))
    }

    @Test(
        "that make no sense are refused",
        arguments: [
            "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8",
            "a * * * *",
            "1-  * * * *", "5-1 * * * *", "*/0 * * * *", "1//2 * * * *", "-1 * * * *", "٣ * * * *", "0 0 31 2 *",
            "99999999999999999999 * * * *",
        ]
    )
    func refused(line: String) {
        #expect(throws: RoostError.self) { try CronSchedule(line, field: "cron") }
    }

    @Test("survive any time")
    func anyTime() throws {
        let schedule = try CronSchedule("0 0 * * *", field: "cron")
        for time in [
            Date.distantPast, .distantFuture, Date(timeIntervalSince1970: .nan), Date(timeIntervalSince1970: .infinity),
        ] {
            _ = schedule.next(after: time)
        }
    }
}
