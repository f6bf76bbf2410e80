import Encodings
import Foundation
import Testing

@testable import Analyses

/// A time as RFC 3339 writes it.
func at(_ text: String) -> Date { RFC3339.date(text) ?? .distantPast }

@Suite("Timetables")
struct TimetableTests {
    @Test(
        "a run is due at certain hours of each day",
        arguments: [
            (1, 0, "2026-03-01T10:59:59Z", "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"),
            (24, 12, "2026-03-01T10:00:00Z", "2026-02-28T12:00:00Z", "2026-03-01T12:00:00Z"),
            (24, 12, "2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z"),
            // As AWS documents cron(0 17/12 ? * * *): every 12 hours, starting at 5 PM.
            (12, 17, "2026-03-01T16:00:00Z", "2026-03-01T05:00:00Z", "2026-03-01T17:00:00Z"),
            // As the SDK documents 10 hours from midnight: at midnight, 10am and 8pm.
            (10, 0, "2026-03-01T23:00:00Z", "2026-03-01T20:00:00Z", "2026-03-02T00:00:00Z"),
            // Before the epoch.
            (24, 5, "1969-12-31T04:30:00Z", "1969-12-30T05:00:00Z", "1969-12-31T05:00:00Z"),
        ]
    )
    func hours(_ every: Int, _ first: Int, _ time: String, _ latest: String, _ next: String) {
        let timetable = Timetable.daily(every: every, from: first)
        #expect(timetable.latest(until: at(time)) == at(latest))
        #expect(timetable.next(after: at(time)) == at(next))
    }

    @Test("a run is about the time since the run before")
    func windows() {
        let runs = Timetable.daily(every: 10, from: 0)
            .due(after: at("2026-03-01T09:00:00Z"), until: at("2026-03-02T03:00:00Z"), limit: 10)
        #expect(
            runs == [
                Timetable.Run(
                    time: at("2026-03-01T10:00:00Z"),
                    start: at("2026-03-01T00:00:00Z"),
                    end: at("2026-03-01T10:00:00Z")
                ),
                Timetable.Run(
                    time: at("2026-03-01T20:00:00Z"),
                    start: at("2026-03-01T10:00:00Z"),
                    end: at("2026-03-01T20:00:00Z")
                ),
                Timetable.Run(
                    time: at("2026-03-02T00:00:00Z"),
                    start: at("2026-03-01T20:00:00Z"),
                    end: at("2026-03-02T00:00:00Z")
                ),
            ]
        )
    }

    @Test("after a long time, only the newest runs are due")
    func limit() {
        let runs = Timetable.daily(every: 1, from: 0)
            .due(after: .distantPast, until: at("2026-03-01T03:20:00Z"), limit: 3)
        #expect(runs.map(\.time) == ["01", "02", "03"].map { at("2026-03-01T\($0):00:00Z") })
        let none = Timetable.daily(every: 1, from: 0)
            .due(after: at("2026-03-01T03:00:00Z"), until: at("2026-03-01T03:59:00Z"), limit: 3)
        #expect(none.isEmpty)
    }

    @Test("times outside every calendar are no problem")
    func extremes() {
        for every in [-1, 0, 1, 24, .max] {
            let timetable = Timetable.daily(every: every, from: 3)
            for time in [Date.distantPast, .distantFuture, Date(timeIntervalSince1970: .infinity)] {
                #expect(timetable.latest(until: time) != nil && timetable.next(after: time) != nil)
            }
        }
    }

    @Test(
        "an offset is a duration in ISO 8601",
        arguments: [
            ("-PT1H", -3600), ("PT0H", 0), ("-PT0S", 0), ("P1DT2H30M", 95_400), ("+P1W", 604_800),
            ("-P366D", -31_622_400),
        ]
    )
    func offsets(_ text: String, _ seconds: Int) { #expect(TimeOffset(text)?.seconds == seconds) }

    @Test(
        "other texts are not",
        arguments: [
            "", "P", "PT", "-", "1H", "PT1", "P1M", "P1Y", "PT1.5H", "P367D", "-P1DT", "PT9999999999S", "PT1H ",
            "--PT1H",
        ]
    )
    func invalidOffsets(_ text: String) { #expect(TimeOffset(text) == nil) }
}
