import Definitions
import Foundation
import NativeAPI
import Words

/// Where a model version comes from, and what its suites say.
extension Page {
    /// - Parameter subject: What the version is called in titles.
    mutating func add(_ version: ModelVersion, as subject: String) {
        if let lineage = version.lineage {
            title("Origin of \(subject)")
            facts(Self.facts(of: lineage))
            if !lineage.data.isEmpty { add(lineage.data) }
        }
        guard let suites = version.suites, !suites.isEmpty else { return }
        title("Test suites of \(subject)")
        table(
            ["SUITE", "REVISION", "STATE", "RUN", "ENDED"],
            suites.map {
                [
                    $0.suite, "\($0.revision)", Status($0.outcome).text, Output.short($0.run),
                    $0.endedAt.map(Output.time) ?? Numbers.none,
                ]
            },
            numbers: [1]
        )
    }

    private mutating func add(_ data: [DataDigest]) {
        title("What the job read")
        table(
            ["CHANNEL", "URI", "OBJECTS", "SHA-256"],
            data.map { [$0.channel, $0.uri, Numbers.count($0.objects), "\($0.sha256.prefix(16))…"] },
            numbers: [2]
        )
    }

    private static func facts(of lineage: Lineage) -> [(name: String, value: String)] {
        var facts: [(name: String, value: String)] = []
        if let job = lineage.job {
            let trial = job.tuningJob.map { ", a trial of tuning job \($0)" } ?? ""
            facts.append((name: "job", value: "\(job.kind.rawValue) job \(job.name)\(trial)"))
        }
        if let parent = lineage.parent { facts.append((name: "before it", value: parent.description)) }
        if let by = lineage.by { facts.append((name: "uploaded by", value: by)) }
        return facts
    }
}
