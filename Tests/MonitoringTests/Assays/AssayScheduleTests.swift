import Definitions
import Foundation
import Testing

@testable import Monitoring

@Suite("Windows of assays")
struct AssayScheduleTests {
    private func time(_ seconds: Double) -> Date { Date(timeIntervalSince1970: seconds) }

    private func schedule(
        _ window: String,
        every: String? = nil,
        cron: String? = nil,
        delay: String? = nil
    ) throws -> AssaySchedule {
        try AssaySchedule(
            AssayDefinition(
                pipeline: "p",
                metric: "errors",
                baseline: nil,
                window: try #require(TimeSpan(window)),
                every: every.flatMap(TimeSpan.init),
                cron: cron,
                delay: delay.flatMap(TimeSpan.init)
            )
        )
    }

    @Test("end at multiples of their interval")
    func ends() throws {
        let schedule = try schedule("24h", every: "1h")
        #expect(schedule.end(after: time(0)) == time(3600))
        #expect(schedule.end(after: time(3599.5)) == time(3600))
        #expect(schedule.end(after: time(3600)) == time(7200))
        #expect(schedule.start(of: time(90_000)) == time(3600))
        #expect(schedule.end(after: time(-1)) == time(0))
    }

    @Test("follow each other without an interval")
    func adjacent() throws {
        let schedule = try schedule("10s")
        #expect(schedule.ends(after: time(5), until: time(30)) == [time(10), time(20), time(30)])
    }

    @Test("can end as cron says")
    func cron() throws {
        let schedule = try schedule("1d", cron: "30 1 * * *")
        #expect(schedule.ends(after: time(0), until: time(200_000)) == [time(5400), time(91_800), time(178_200)])
    }

    @Test("are looked at after the delay, and the newest ones only if many were missed")
    func due() throws {
        let schedule = try schedule("10s", delay: "5s")
        #expect(schedule.dueEnds(after: time(0), now: time(14)).isEmpty)
        #expect(schedule.dueEnds(after: time(0), now: time(15)) == [time(10)])
        let missed = schedule.dueEnds(after: time(0), now: time(20_005))
        #expect(missed.count == AssaySchedule.catchUpLimit)
        #expect(missed.last == time(20_000))
    }

    @Test("survive any time")
    func anyTime() throws {
        let schedule = try schedule("1s")
        for date in [Date.distantPast, .distantFuture, time(.nan), time(.infinity)] {
            _ = schedule.end(after: date)
            _ = schedule.start(of: date)
            _ = schedule.ends(after: date, until: date)
        }
    }
}
