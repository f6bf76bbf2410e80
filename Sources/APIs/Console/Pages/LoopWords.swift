import Definitions
import Foundation
import NativeAPI
import Words

/// A run of a loop, step by step.
struct LoopRunView: Sendable {
    struct Step: Sendable {
        var name: String
        var state: Status
        var finding: String
        var links: [Link]
        var took: String
        var ended: Moment?
    }

    let runID: String
    let runHref: String
    let runState: Status
    let cause: String
    let steps: [Step]
    let hasSteps: Bool

    init(_ run: LoopRun) {
        runID = String(run.id.prefix(8))
        runHref = Links.page("loops", run.loop, "runs", run.id)
        runState = Status(run.state)
        cause = Identifiers.brief(run.cause.message)
        steps = run.steps.enumerated().map { index, step in
            Step(
                name: "\(index + 1)\u{00A0}\(step.kind.word)",
                state: Status(step.state),
                finding: Identifiers.brief(step.finding ?? ""),
                links: step.links.pages,
                took: Span.long((step.endedAt ?? Date()).timeIntervalSince(step.startedAt)),
                ended: Moment(step.endedAt)
            )
        }
        hasSteps = !steps.isEmpty
    }
}

extension LoopRun.StepKind {
    fileprivate var word: String {
        switch self {
        case .build: "Build data"
        case .train: "Train"
        case .test: "Test"
        case .release: "Release"
        case .tell: "Tell"
        }
    }
}

extension LoopRun.Links {
    /// The pages of what a step made.
    fileprivate var pages: [Link] {
        var found: [Link] = []
        if let data { found.append(Link(text: data.train.uri, href: PageLinks.bucket(data.train.uri))) }
        if let job {
            found.append(Link(text: "job \(job)", href: PageLinks.page("jobs", JobKind.training.collection, job)))
        }
        if let version { found.append(Link(text: Identifiers.brief(version), href: "")) }
        if let release {
            found.append(Link(text: "release \(release.prefix(8))", href: PageLinks.page("releases", release)))
        }
        return found
    }
}

/// In an extension of ``LoopRun/Links``, `Links` alone is that type.
private typealias PageLinks = Links

extension Loop {
    /// What its last run came to, or that no trigger starts one.
    var state: Status {
        if let last, last.state.isOpen { return Status(last.state) }
        if definition.isPaused { return Status(.off, "Paused") }
        return last.map { Status($0.state) } ?? Status(.unknown, "Not run yet")
    }
}

extension LoopDefinition.Trigger {
    /// When a run begins, as the end of a sentence that begins with “Runs”.
    var words: String {
        if let assay { return "when assay \(assay) alerts" }
        if let suite { return "when suite \(suite) fails" }
        if let gate { return "when the gate of \(gate) refuses a version" }
        if let event { return "when \(event) happens" + (subject.map { " to \($0)" } ?? "") }
        if let every { return "every \(every.words)" }
        if let cron { return "at \(cron) in UTC" }
        return labels.map { $0 == 1 ? "after every label" : "after every \(Numbers.count($0)) labels" }
            ?? "when someone starts it"
    }
}

extension LoopDefinition.Steps {
    var words: String {
        var names: [String] = []
        if build != nil { names.append("build data") }
        if train != nil { names.append("train") }
        if test != nil { names.append("test") }
        if replay != nil { names.append("replay") }
        if shadow != nil { names.append("shadow") }
        if canary != nil { names.append("canary") }
        if promote != nil { names.append("promote") }
        if tell != nil { names.append("tell") }
        return names.joined(separator: ", ")
    }
}
