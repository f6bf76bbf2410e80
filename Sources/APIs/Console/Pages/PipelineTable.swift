import Definitions
import Foundation
import NativeAPI

/// Values over time, for a small chart.
struct Spark: Sendable {
    /// Numbers in the order of time, with `-` for gaps.
    var values: String
    /// In seconds since 1970.
    var start: Int
    /// In seconds.
    var step: Int
    var max: String
    /// The same in words.
    var text: String
}

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
        var median: String
        var tail: String
        var checksFailed: String
        var note: String
        var noteState: Status?
    }

    let rows: [Row]
    let isEmpty: Bool

    init(_ pipelines: [Pipeline], _ overview: Overview?, _ api: ConsoleAPI) async throws {
        isEmpty = pipelines.isEmpty
        rows = pipelines.map { pipeline in
            let deployment = pipeline.deployment
            let item = ((overview?.needs ?? []) + (overview?.underWay ?? [])).first { $0.pipeline == pipeline.name }
            return Row(
                name: pipeline.name,
                href: Links.page("pipelines", pipeline.name),
                state: Status(deployment),
                version: String((deployment?.version ?? pipeline.version.id).prefix(8)),
                rate: Numbers.none,
                spark: nil,
                failed: Numbers.none,
                median: Numbers.none,
                tail: Numbers.none,
                checksFailed: Numbers.none,
                note: deployment?.error ?? item.map { NeedRow($0).state.word } ?? Self.kind(of: pipeline.version),
                noteState: deployment?.error == nil ? item.map { NeedRow($0).state } : nil
            )
        }
    }

    /// What kind of comparison a version makes, if it makes one.
    private static func kind(of version: PipelineVersion) -> String {
        for step in version.steps {
            switch step {
            case .randomSplit(let split):
                let total = split.models.map(\.weight).reduce(0, +)
                guard total > 0, split.models.count > 1 else { continue }
                return "Split, " + split.models.map { String(Int(($0.weight / total * 100).rounded())) }.joined(separator: " : ")
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
