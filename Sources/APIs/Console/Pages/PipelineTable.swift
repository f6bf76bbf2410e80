import Definitions
import Foundation
import NativeAPI
import Words

/// Pipelines in a table, with what they do now.
struct PipelineTable: Sendable {
    struct Row: Sendable {
        var name: String
        var href: String
        var state: Status
        var version: String
        var rate: String
        /// The requests of the last hour.
        var spark: Spark?
        var failed: String
        /// Requests that the server refused because of what they said; empty if no pipeline of the table has any.
        var refused: String
        var median: String
        var tail: String
        var checksFailed: String
        var note: String
        var noteState: Status?
    }

    let rows: [Row]
    let isEmpty: Bool
    let hasRefused: Bool

    init(_ pipelines: [Pipeline], _ overview: Overview?, _ api: ConsoleAPI) async throws {
        isEmpty = pipelines.isEmpty
        // The table is worth something without its numbers too.
        let series = try? await api.series(of: pipelines)
        let columns = Dictionary((series?.series ?? []).map { ($0.pipeline, $0) }) { first, _ in first }
        let hasRefused = columns.values.contains { $0.total.clientErrors > 0 }
        self.hasRefused = hasRefused
        let running = await Self.running(pipelines, api)
        rows = pipelines.map { pipeline in
            let column = columns[pipeline.name]
            let activity = series.flatMap { series in column.map { Activity($0, series) } }
            let deployment = pipeline.deployment
            let item = ((overview?.needs ?? []) + (overview?.underWay ?? [])).first { $0.pipeline == pipeline.name }
            return Row(
                name: pipeline.name,
                href: Links.page("pipelines", pipeline.name),
                state: Status(deployment),
                version: String((deployment?.version ?? pipeline.version.id).prefix(8)),
                rate: activity?.rate ?? Numbers.none,
                spark: activity?.spark,
                failed: activity?.failed ?? Numbers.none,
                refused: hasRefused ? activity?.refused ?? Numbers.none : "",
                median: activity?.median ?? Numbers.none,
                tail: activity?.tail ?? Numbers.none,
                checksFailed: activity?.checksFailed ?? Numbers.none,
                note: deployment?.error ?? item.map { NeedRow($0).state.word }
                    ?? Self.kind(of: running[pipeline.name] ?? pipeline.version),
                noteState: deployment?.error == nil ? item.map { NeedRow($0).state } : nil
            )
        }
    }

    /// The version of each pipeline that answers, or the newest. Without those that were deleted meanwhile.
    private static func running(_ pipelines: [Pipeline], _ api: ConsoleAPI) async -> [String: PipelineVersion] {
        await withTaskGroup(of: (String, PipelineVersion?).self) { group in
            for pipeline in pipelines {
                group.addTask { (pipeline.name, try? await api.running(pipeline)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    /// What kind of comparison a version makes, if it makes one.
    private static func kind(of version: PipelineVersion) -> String {
        for step in version.steps {
            switch step {
            case .randomSplit(let split):
                let total = split.models.map(\.weight).reduce(0, +)
                guard total > 0, split.models.count > 1 else { continue }
                return "Split, "
                    + split.models.map { String(Int(saturating: ($0.weight / total * 100).rounded())) }.joined(
                        separator: " : "
                    )
            case .keySplit(let split): return "Split by \(split.key)"
            case .shadowDeploy(let shadow):
                let count = shadow.challengers.count
                return "Shadow, \(count) \(count == 1 ? "challenger" : "challengers")"
            case .model, .function: continue
            }
        }
        return ""
    }
}

extension ConsoleAPI {
    /// Returns the requests and the totals of pipelines in the last hour; `nil` without pipelines.
    func series(of pipelines: [Pipeline]) async throws -> SeriesList? {
        guard !pipelines.isEmpty else { return nil }
        let names = pipelines.map(\.name).joined(separator: ",")
        return try await get("/v1/series", ["pipelines": names, "columns": "requests"], as: SeriesList.self)
    }
}

/// What a pipeline did in the last hour, and does now.
private struct Activity {
    let rate: String
    let spark: Spark
    let failed: String
    let refused: String
    let median: String
    let tail: String
    let checksFailed: String

    init(_ columns: SeriesList.Columns, _ series: SeriesList) {
        let step = series.stepSeconds
        let rates = Rates(columns.requests ?? [], from: series.start, step: step, countedUntil: series.end)
        rate = Numbers.measure(rates.newest)
        spark = Spark(rates.values, start: series.start, step: step, unit: "/s")
        let total = columns.total
        failed = Numbers.percent(total.failed)
        refused = Numbers.percent(total.refused)
        checksFailed = Numbers.percent(total.checksFailed)
        median = Numbers.measure(total.p50Milliseconds)
        tail = Numbers.measure(total.p99Milliseconds)
    }
}
