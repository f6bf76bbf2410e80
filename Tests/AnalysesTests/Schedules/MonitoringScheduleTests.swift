import Foundation
import Testing

@testable import Analyses

@Suite("Monitoring schedules")
struct MonitoringScheduleTests {
    private let begin = at("2026-03-01T10:20:00Z")

    private func schedule(_ timetable: Timetable, edit: (inout Monitor) -> Void = { _ in }) -> MonitoringSchedule {
        var monitor = Monitor(
            captures: CaptureSelection(endpoint: "e"),
            kind: .dataQuality,
            baseline: .init(),
            output: "s3://b/reports",
            emitsMetrics: true,
            maxRuntime: 60
        )
        edit(&monitor)
        return MonitoringSchedule(name: "s", timetable: timetable, monitor: monitor, note: nil, at: begin)
    }

    private func due(_ schedule: MonitoringSchedule, at time: String) -> Timetable.Run? {
        if case .run(let run) = schedule.action(at: at(time)) { run } else { nil }
    }

    @Test("the first run is due at the first hour after the creation")
    func first() throws {
        var schedule = schedule(.daily(every: 1, from: 0))
        #expect(schedule.action(at: begin) == .wait(until: at("2026-03-01T11:00:00Z")))
        let run = try #require(due(schedule, at: "2026-03-01T11:00:00Z"))
        #expect(run.start == at("2026-03-01T10:00:00Z") && run.end == run.time)
        schedule.handle(run)
        #expect(schedule.action(at: at("2026-03-01T11:00:01Z")) == .wait(until: at("2026-03-01T12:00:00Z")))
    }

    @Test("runs that were missed are made up for, the oldest first, but not more than a day of them")
    func catchUp() throws {
        var schedule = schedule(.daily(every: 1, from: 0))
        var times: [Date] = []
        while let run = due(schedule, at: "2026-03-05T00:10:00Z") {
            times.append(run.time)
            schedule.handle(run)
        }
        #expect(times.count == MonitoringSchedule.catchUpLimit && times == times.sorted())
        #expect(times.first == at("2026-03-04T01:00:00Z") && times.last == at("2026-03-05T00:00:00Z"))
    }

    @Test("a schedule goes on where it stood when it was stored")
    func stored() throws {
        var schedule = schedule(.daily(every: 1, from: 0))
        schedule.handle(try #require(due(schedule, at: "2026-03-01T11:30:00Z")))
        let read = try StoredDocument.decode(MonitoringSchedule.self, StoredDocument.encode(schedule))
        #expect(read == schedule)
        #expect(due(read, at: "2026-03-01T12:30:00Z")?.time == at("2026-03-01T12:00:00Z"))
    }

    @Test("a stopped schedule rests, and what was due meanwhile is not made up for")
    func stopped() {
        var schedule = schedule(.daily(every: 1, from: 0))
        schedule.stop(at: begin)
        #expect(schedule.action(at: at("2026-03-01T15:00:00Z")) == .rest)
        schedule.start(at: at("2026-03-01T15:10:00Z"))
        #expect(schedule.action(at: at("2026-03-01T15:10:00Z")) == .wait(until: at("2026-03-01T16:00:00Z")))
    }

    @Test("a schedule for now runs once, and again when it is started")
    func once() throws {
        let timetable = Timetable.once(start: TimeOffset(seconds: -3600), end: TimeOffset(seconds: -60))
        var schedule = schedule(timetable)
        let first = try #require(due(schedule, at: "2026-03-01T10:20:05Z"))
        #expect(first.time == begin && first.start == at("2026-03-01T09:20:00Z"))
        #expect(first.end == at("2026-03-01T10:19:00Z"))
        // It was started again before the first run was recorded.
        schedule.start(at: at("2026-03-01T10:30:00Z"))
        schedule.handle(first)
        let second = try #require(due(schedule, at: "2026-03-01T10:30:00Z"))
        #expect(second.time == at("2026-03-01T10:30:00Z"))
        schedule.handle(second)
        #expect(schedule.action(at: at("2027-01-01T00:00:00Z")) == .rest)
    }

    @Test("offsets of the monitor move the time that a run is about")
    func offsets() throws {
        let schedule = schedule(.daily(every: 24, from: 0)) { monitor in
            monitor.start = TimeOffset(seconds: -7200)
            monitor.end = TimeOffset(seconds: -3600)
        }
        let run = try #require(due(schedule, at: "2026-03-02T00:00:00Z"))
        #expect(run.start == at("2026-03-01T22:00:00Z") && run.end == at("2026-03-01T23:00:00Z"))
    }

    @Test("the names of runs follow from the schedule and the time")
    func names() throws {
        let schedule = schedule(.daily(every: 1, from: 0))
        let run = try #require(due(schedule, at: "2026-03-01T11:00:00Z"))
        let analysis = schedule.analysis(for: run, at: begin)
        #expect(analysis.name == schedule.analysis(for: run, at: begin + 60).name)
        #expect(analysis.name.hasPrefix("model-monitoring-202603011100-") && analysis.name.count <= 63)
        #expect(analysis.output == "s3://b/reports/e/s/2026/03/01/11")
        let once = self.schedule(.once(start: TimeOffset(seconds: -60), end: TimeOffset(seconds: 0)))
        let asked = try #require(due(once, at: "2026-03-01T10:20:00Z"))
        #expect(once.analysis(for: asked, at: begin).output == "s3://b/reports/e/s/2026/03/01/10/20-00")
        var later = run
        later.time += 0.25
        #expect(schedule.analysis(for: later, at: begin).name != analysis.name)
    }

    @Test("an alert begins and ends with enough of the latest runs")
    func alert() {
        var alert = MonitoringAlert(createdAt: begin)
        alert.datapointsToAlert = 2
        alert.evaluationPeriod = 3
        #expect(!alert.evaluate([true], at: begin) && !alert.isOn)
        #expect(alert.evaluate([true, false, true], at: begin + 1) && alert.isOn)
        #expect(!alert.evaluate([false, true, true, false], at: begin + 2) && alert.isOn)
        #expect(alert.evaluate([false, false, true, true], at: begin + 3) && !alert.isOn)
        #expect(alert.history.map(\.isOn) == [true, false] && alert.modifiedAt == begin + 3)
    }

    @Test("the history of an alert is bounded")
    func history() {
        var alert = MonitoringAlert(createdAt: begin)
        for index in 0..<(MonitoringAlert.historyLimit + 5) { _ = alert.evaluate([index % 2 == 0], at: begin) }
        #expect(alert.history.count == MonitoringAlert.historyLimit)
    }
}
