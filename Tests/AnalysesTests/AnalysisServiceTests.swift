import Buckets
import DataFolder
import Definitions
import Events
import Foundation
import TestSupport
import Testing

@testable import Analyses

@Suite("Analyses and schedules", .timeLimit(.minutes(1)))
struct AnalysisServiceTests {
    private let clock = ManualClock()
    private let wall = WallClock("2026-03-01T10:20:00Z")

    private var monitor: Monitor {
        Monitor(
            captures: CaptureSelection(endpoint: "e"),
            kind: .dataQuality,
            baseline: .init(),
            output: "s3://b/reports",
            emitsMetrics: true,
            maxRuntime: 60
        )
    }

    private func analysis(_ name: String, _ source: String, isCSV: Bool = true) -> Analysis {
        Analysis(
            name: name,
            kind: .dataQuality,
            source: .objects(uri: source, format: isCSV ? .csv(hasHeader: true) : .captures),
            baseline: .init(),
            output: "s3://b/out/\(name)",
            createdAt: wall.now
        )
    }

    private func schedule(_ timetable: Timetable, _ edit: (inout Monitor) -> Void = { _ in }) -> MonitoringSchedule {
        var monitor = monitor
        edit(&monitor)
        return MonitoringSchedule(name: "s", timetable: timetable, monitor: monitor, note: "n", at: wall.now)
    }

    /// Waits until as many runs of the schedule have ended, and returns them, the newest first.
    private func runs(_ count: Int, of analyses: AnalysisService) async throws -> [Analysis] {
        while true {
            let runs = try await analyses.runs(of: "s")
            if runs.count >= count, runs.allSatisfy(\.state.status.isFinal) { return runs }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    private func itemCount(_ site: Site, _ key: String) async throws -> Int? {
        struct File: Decodable {
            struct Dataset: Decodable { var item_count: Int }
            var dataset: Dataset
        }
        return try await site.text(key).map {
            try JSONDecoder().decode(File.self, from: Data($0.utf8)).dataset.item_count
        }
    }

    @Test("an analysis of a data set writes its files and records its end")
    func dataset() async throws {
        try await withSite(clock, wall) { site in
            let (analyses, _) = site.services()
            try await site.put("data/a.csv", "x,y\n1,a\n2,b\n")
            try await site.put("data/b.csv", "x,y\n3,\n")
            let asked = analysis("job", "s3://b/data/")
            try await analyses.check(asked)
            try await analyses.start(asked, request: "r")
            await analyses.settle("job")
            let entry = try #require(try await analyses.entry(named: "job"))
            #expect(entry.analysis.state.status == .completed && entry.request == "r")
            #expect(entry.analysis.outcome == .init(rowCount: 3, violationCount: nil))
            #expect(try await itemCount(site, "out/job/statistics.json") == 3)
            #expect(try await site.text("out/job/constraints.json") != nil)
            #expect(try await site.text("out/job/constraint_violations.json") == nil)
            await #expect(throws: AnalysisRejection.nameTaken("job")) { try await analyses.check(asked) }
            await #expect(throws: AnalysisRejection.ended("job", .completed)) { try await analyses.stop("job") }
            await #expect(throws: AnalysisRejection.noData("s3://b/none")) {
                try await analyses.check(analysis("other", "s3://b/none"))
            }
            let events = try await site.folder.events.events(EventQuery())
            #expect(events.map(\.kind) == [.jobCompleted])
            await analyses.close()
        }
    }

    @Test("an analysis that was running when the server was killed is run again")
    func killed() async throws {
        try await withSite(clock, wall) { site in
            try await site.put("data/a.csv", "x\n1\n")
            // Recorded, but never run: as a server that was killed leaves it.
            let (dead, _) = site.services()
            await dead.close()
            try await dead.start(analysis("job", "s3://b/data/"))
            let (analyses, _) = site.services()
            try await analyses.restore()
            await analyses.settle("job")
            let status = try await analyses.entry(named: "job")?.analysis.state.status
            #expect(status == .completed)
            await analyses.close()
        }
    }

    @Test("a run analyzes what was captured in its time")
    func run() async throws {
        try await withSite(clock, wall) { site in
            let (analyses, schedules) = site.services()
            for (time, rows) in [
                ("2026-03-01T09:59:59Z", ["0"]), ("2026-03-01T10:00:00Z", ["1", "2"]),
                ("2026-03-01T10:59:59Z", ["3"]), ("2026-03-01T11:00:00Z", ["4"]),
            ] {
                try await site.capture(time, rows, answers: rows.map { _ in "0.5" })
            }
            try await schedules.create(schedule(.daily(every: 1, from: 0)))
            await clock.sleepers()
            wall.set("2026-03-01T11:00:02Z")
            clock.advance(by: .seconds(60))
            let run = try #require(try await runs(1, of: analyses).first)
            #expect(run.outcome?.rowCount == 3 && run.run?.time == at("2026-03-01T11:00:00Z"))
            #expect(try await itemCount(site, "reports/e/s/2026/03/01/11/statistics.json") == 3)
            let request = try await analyses.entry(named: run.name)?.request
            #expect(request == "n")
            let series = MonitoringMetric.Series(
                group: .dataQuality,
                endpoint: "e",
                schedule: "s",
                name: "feature_data__c1"
            )
            let values = try await analyses.metrics(series, from: .distantPast, before: .distantFuture)
            #expect(values.map(\.summary) == [.init(count: 3, sum: 6, minimum: 1, maximum: 3)])
            let listed = try await analyses.metricSeries()
            #expect(listed.contains(series))
            await schedules.close()
            await analyses.close()
        }
    }

    @Test("a run without data fails, and an event says so")
    func noData() async throws {
        try await withSite(clock, wall) { site in
            let (analyses, schedules) = site.services()
            try await schedules.create(schedule(.once(start: TimeOffset(seconds: -3600), end: TimeOffset(seconds: 0))))
            let run = try #require(try await runs(1, of: analyses).first)
            #expect(run.state.failureReason == "Job inputs had no data")
            let events = try await site.folder.events.events(EventQuery())
            #expect(events.map(\.kind) == [.monitoringFailed])
            await schedules.close()
            await analyses.close()
        }
    }

    @Test("after a time without a server, the runs that were due are carried out once each")
    func catchUp() async throws {
        try await withSite(clock, wall) { site in
            let (before, dead) = site.services()
            try await dead.create(schedule(.daily(every: 1, from: 0)))
            await dead.close()
            await before.close()
            wall.set("2026-03-01T13:10:00Z")
            let (analyses, schedules) = site.services()
            try await schedules.restore()
            let times = try await runs(3, of: analyses).map { $0.run?.time }
            #expect(times == ["13", "12", "11"].map { at("2026-03-01T\($0):00:00Z") })
            await schedules.close()
            await analyses.close()
            // The record of the schedule says that they are done.
            let (again, restarted) = site.services()
            try await restarted.restore()
            await clock.sleepers()
            let count = try await again.runs(of: "s").count
            #expect(count == 3)
            await restarted.close()
            await again.close()
        }
    }

    @Test("a run that was recorded before the server was killed is not carried out twice")
    func recorded() async throws {
        try await withSite(clock, wall) { site in
            let schedule = schedule(.once(start: TimeOffset(seconds: -3600), end: TimeOffset(seconds: 0)))
            let (before, dead) = site.services()
            await before.close()
            await dead.close()
            try await dead.create(schedule)
            guard case .run(let run) = schedule.action(at: wall.now) else { return #expect(Bool(false)) }
            try await before.start(schedule.analysis(for: run, at: wall.now))
            let (analyses, schedules) = site.services()
            try await analyses.restore()
            try await schedules.restore()
            let found = try await runs(1, of: analyses)
            #expect(found.count == 1)
            while try await schedules.schedule(named: "s").action(at: wall.now) != .rest {
                try await Task.sleep(for: .milliseconds(2))
            }
            let count = try await analyses.runs(of: "s").count
            #expect(count == 1)
            await schedules.close()
            await analyses.close()
        }
    }

    @Test("an alert begins with a run that finds violations, and ends with one that finds none")
    func alert() async throws {
        try await withSite(clock, wall) { site in
            let (analyses, schedules) = site.services()
            try await site.put("data/train.csv", "score,x\n" + (0..<200).map { "0.5,\($0)\n" }.joined())
            try await analyses.start(analysis("baseline", "s3://b/data/"))
            await analyses.settle("baseline")
            try await site.capture(
                "2026-03-01T10:05:00Z",
                (0..<200).map { "\($0 + 500)" },
                answers: [String](repeating: "0.5", count: 200)
            )
            try await schedules.create(
                schedule(.once(start: TimeOffset(seconds: -3600), end: TimeOffset(seconds: 0))) { monitor in
                    monitor.baseline.constraints = "s3://b/out/baseline/constraints.json"
                    monitor.baseline.statistics = "s3://b/out/baseline/statistics.json"
                }
            )
            let first = try #require(try await runs(1, of: analyses).first)
            #expect((first.outcome?.violationCount ?? 0) > 0)
            while try await !schedules.schedule(named: "s").alert.isOn { try await Task.sleep(for: .milliseconds(2)) }
            wall.set("2026-03-01T12:00:00Z")
            try await site.capture(
                "2026-03-01T11:30:00Z",
                (0..<200).map { "\($0)" },
                answers: [String](repeating: "0.5", count: 200)
            )
            try await schedules.change("s") { $0.start(at: $1) }
            let second = try #require(try await runs(2, of: analyses).first)
            let found = try await site.text("reports/e/s/2026/03/01/12/00-00/constraint_violations.json")
            #expect(second.outcome?.violationCount == 0, "\(found ?? "")")
            while try await schedules.schedule(named: "s").alert.isOn { try await Task.sleep(for: .milliseconds(2)) }
            let kinds = try await site.folder.events.events(EventQuery()).map(\.kind)
            #expect(kinds == [.monitoringAlertEnded, .monitoringAlert, .jobCompleted])
            await schedules.close()
            await analyses.close()
        }
    }

    @Test("a deleted schedule runs no more, and its runs stay")
    func deletion() async throws {
        try await withSite(clock, wall) { site in
            let (analyses, schedules) = site.services()
            try await schedules.create(schedule(.once(start: TimeOffset(seconds: -3600), end: TimeOffset(seconds: 0))))
            _ = try await runs(1, of: analyses)
            try await schedules.delete("s")
            await #expect(throws: ScheduleRejection.missing("s")) { try await schedules.schedule(named: "s") }
            await #expect(throws: ScheduleRejection.missing("s")) { try await schedules.delete("s") }
            let count = try await analyses.runs(of: "s").count
            #expect(count == 1)
            await schedules.close()
            await analyses.close()
        }
    }

    @Test("an analysis that takes too long is stopped")
    func timeLimit() async throws {
        try await withSite(clock, wall) { site in
            let (analyses, _) = site.services()
            let lines = String(repeating: "1,2,3\n", count: 300_000)
            try await site.put("data/a.csv", "x,y,z\n" + lines)
            try await analyses.start(analysis("job", "s3://b/data/"))
            await clock.sleepers()
            clock.advance(by: .seconds(Analysis.defaultRuntime))
            await analyses.settle("job")
            let state = try await analyses.entry(named: "job")?.analysis.state
            #expect(state?.status == .stopped && state?.phases.last?.name == "MaxRuntimeExceeded")
            #expect(try await site.text("out/job/statistics.json") == nil)
            await analyses.close()
        }
    }
}
