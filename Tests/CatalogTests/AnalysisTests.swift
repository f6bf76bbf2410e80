import Definitions
import Foundation
import TestSupport
import Testing

@testable import Catalog

@Suite("Analyses in the catalog")
struct AnalysisTests {
    private func analysis(_ name: String, _ schedule: String? = nil, at seconds: Double = 0) -> StoredAnalysis {
        StoredAnalysis(
            name: name,
            schedule: schedule,
            isFinal: false,
            createdAt: .at(seconds),
            modifiedAt: .at(seconds),
            document: "{}",
            request: "r"
        )
    }

    @Test("analyses are listed by their schedules, and by whether they have ended")
    func lists() async throws {
        try await withCatalog { catalog, _ in
            for (name, schedule) in [("a", nil), ("B", "s"), ("c", "t"), ("d", "s")] {
                let isNew = try await catalog.addAnalysis(analysis(name, schedule))
                #expect(isNew)
            }
            let isNew = try await catalog.addAnalysis(analysis("a"))
            #expect(!isNew)
            var ended = analysis("d", "s", at: 5)
            ended.isFinal = true
            ended.document = "{\"end\": 1}"
            try await catalog.saveAnalysis(ended)
            func names(_ selection: Catalog.AnalysisSelection, limit: Int = 10) async throws -> [String] {
                try await catalog.analyses(selection, limit: limit).map(\.name)
            }
            #expect(try await names(.all) == ["d", "c", "B", "a"])
            #expect(try await names(.unfinished) == ["c", "B", "a"])
            #expect(try await names(.runs(schedule: "s"), limit: 1) == ["d"])
            #expect(try await names(.runs(schedule: nil)) == ["d", "c", "B"])
            let found = try #require(try await catalog.analysis(named: "d"))
            #expect(found.document == ended.document && found.request == "r" && found.modifiedAt == .at(5))
            #expect(try await catalog.hasAnalysis(lowercased: "b"))
        }
    }

    @Test("metrics are kept with the end of an analysis, and old ones are removed")
    func metrics() async throws {
        try await withCatalog { catalog, _ in
            let series = MonitoringMetric.Series(group: .dataQuality, endpoint: "e", schedule: "s", name: "m")
            func metric(_ seconds: Double, _ value: Double) -> MonitoringMetric {
                MonitoringMetric(series: series, time: .at(seconds), summary: .init(value))
            }
            _ = try await catalog.addAnalysis(analysis("a", "s"))
            try await catalog.saveAnalysis(analysis("a", "s", at: 20), metrics: [metric(20, 2), metric(10, 1)])
            let both = try await catalog.metrics(series, from: .at(10), before: .at(21))
            #expect(both == [metric(10, 1), metric(20, 2)])
            let first = try await catalog.metrics(series, from: .at(10), before: .at(20))
            #expect(first == [metric(10, 1)])
            #expect(try await catalog.metricSeries() == [series])
            let late = 455.0 * 86_400 + 15
            try await catalog.saveAnalysis(analysis("a", "s", at: late), metrics: [metric(late, 3)])
            let kept = try await catalog.metrics(series, from: .at(0), before: .distantFuture)
            #expect(kept == [metric(20, 2), metric(late, 3)])
        }
    }

    @Test("schedules are added once, changed and removed")
    func schedules() async throws {
        try await withCatalog { catalog, _ in
            #expect(try await catalog.addMonitoringSchedule("s", document: "1"))
            #expect(try await !catalog.addMonitoringSchedule("s", document: "2"))
            let event = NewEvent(.monitoringAlert, on: .init(.schedule, "s"), "m", at: .at(0))
            try await catalog.saveMonitoringSchedule("s", document: "3", event: event)
            #expect(try await catalog.monitoringSchedules().map(\.document) == ["3"])
            #expect(try await catalog.events(EventQuery()).map(\.subject) == [.init(.schedule, "s")])
            try await catalog.removeMonitoringSchedule("s")
            #expect(try await catalog.monitoringSchedules().isEmpty)
        }
    }
}
