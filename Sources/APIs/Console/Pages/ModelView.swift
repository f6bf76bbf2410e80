import Definitions
import Foundation
import NativeAPI
import Tensors
import Words

/// The pipelines that use a model.
struct ModelUses: Sendable {
    struct Use: Sendable {
        var pipeline: String
        var href: String
        var version: String
        var pipelineState: Status
        var isRunning: Bool
    }

    let all: [Use]
    /// What is not listed.
    let note: String

    init(of model: Model, _ api: ConsoleAPI) async throws {
        let path = "/v1/models/\(ConsoleAPI.escaped(model.name))/uses"
        let list = try await api.get(path, ["workspace": model.workspace], as: ModelUseList.self)
        all = list.uses.map { use in
            Use(
                pipeline: use.pipeline,
                href: Links.page("pipelines", use.pipeline),
                version: use.version,
                pipelineState: use.answers ? Status(.ok, "Answers") : Status(.off, "Defined"),
                isRunning: use.answers
            )
        }
        note = list.more > 0 ? "defined in \(Numbers.count(list.more)) more pipelines, where it does not answer" : ""
    }
}

/// A model with its versions.
struct ModelView: Sendable {
    struct Tensor: Sendable {
        var name: String
        var side: String
        var type: String
        var shape: String
        var columns: String
    }

    struct Step: Sendable {
        var kind: String
        var text: String
        var href: String
        var note: String
        var stepState: Status?
        var time: Moment?
    }

    struct Version: Sendable {
        var id: String
        var fullID: String
        var tags: String
        var framework: String
        var size: String
        var tested: Status
        var from: String
        var fromHref: String
        var uses: [ModelUses.Use]
        var uploaded: Moment
        var tagHref: String
        var untagHref: String
        var deleteHref: String
    }

    struct Result: Sendable {
        var suite: String
        var href: String
        var outcome: Status
        var ended: Moment?
    }

    let newest: String
    let signature: [Tensor]
    let lineage: [Step]
    let versions: [Version]
    let versionNote: String
    let results: [Result]
    let hasResults: Bool
    let pager: Pager

    /// - Parameter list: The versions of the page.
    init(_ model: Model, _ list: ModelVersionList, _ uses: ModelUses, _ pager: Pager) {
        let first = model.versions.first
        newest = String((first?.id ?? "").prefix(8))
        signature = first.map { Self.signature($0.signature) } ?? []
        lineage = first.map { Self.lineage($0, uses) } ?? []
        let place = ModelPages.place(model.workspace)
        versions = list.versions.map { Self.version($0, list.suites[$0.id] ?? [:], model, uses, place) }
        versionNote = Numbers.count(list.total) + (uses.note.isEmpty ? "" : "; \(uses.note)")
        results = (first?.suites ?? []).prefix(Pager.limit).map { verdict in
            Result(
                suite: verdict.suite,
                href: Links.page("suites", verdict.suite, query: ["run": verdict.run]),
                outcome: Status(verdict.outcome),
                ended: Moment(verdict.endedAt)
            )
        }
        hasResults = !results.isEmpty
        self.pager = pager
    }

    private static func signature(_ signature: Signature) -> [Tensor] {
        func rows(_ specs: [TensorSpec], _ side: String) -> [Tensor] {
            specs.prefix(100).map { spec in
                Tensor(
                    name: spec.name,
                    side: side,
                    type: spec.dataType.rawValue,
                    shape: spec.hasAnyRank
                        ? "any" : "[" + spec.shape.map { $0 < 0 ? "any" : String($0) }.joined(separator: ", ") + "]",
                    columns: (spec.featureNames ?? []).prefix(100).joined(separator: ", ")
                )
            }
        }
        return rows(signature.inputs, "input") + rows(signature.outputs, "output")
    }

    /// Where a version comes from, and where it went.
    private static func lineage(_ version: ModelVersion, _ uses: ModelUses) -> [Step] {
        var steps: [Step] = []
        let lineage = version.lineage
        for data in (lineage?.data ?? []).prefix(20) {
            steps.append(
                Step(
                    kind: "data",
                    text: "\(data.channel): \(data.uri)",
                    href: "",
                    note:
                        "\(Numbers.count(data.objects)) \(data.objects == 1 ? "object" : "objects"), sha256 \(data.sha256.prefix(8))…"
                )
            )
        }
        if let job = lineage?.job {
            if let tuning = job.tuningJob {
                let href = Links.page("jobs", JobKind.tuning.collection, tuning)
                steps.append(Step(kind: "tuning", text: tuning, href: href, note: "found it"))
            }
            let href = Links.page("jobs", job.kind.collection, job.name)
            steps.append(Step(kind: "job", text: job.name, href: href, note: "made it"))
        }
        if let parent = lineage?.parent {
            let href =
                parent.name == version.model
                ? "" : Links.page("models", parent.name, query: ModelPages.place(version.workspace))
            let text = "\(parent.name)@\((parent.version ?? "").prefix(8))"
            steps.append(Step(kind: "before", text: text, href: href, note: "previous version"))
        }
        let by = lineage?.by.map { " by \($0)" } ?? ""
        steps.append(
            Step(
                kind: "upload",
                text: "",
                href: "",
                note: "\(version.id.prefix(8)) uploaded\(by), sha256 \(version.sha256.prefix(8))…",
                time: Moment(version.createdAt)
            )
        )
        for verdict in (version.suites ?? []).prefix(20) {
            steps.append(
                Step(
                    kind: "suite",
                    text: verdict.suite,
                    href: Links.page("suites", verdict.suite, query: ["run": verdict.run]),
                    note: "",
                    stepState: Status(verdict.outcome),
                    time: Moment(verdict.endedAt)
                )
            )
        }
        for use in uses.all.filter({ $0.version == version.id }).prefix(20) {
            steps.append(
                Step(kind: "pipeline", text: use.pipeline, href: use.href, note: "", stepState: use.pipelineState)
            )
        }
        return steps
    }

    private static func version(
        _ version: ModelVersion,
        _ outcomes: [String: Int],
        _ model: Model,
        _ uses: ModelUses,
        _ place: [String: String]
    ) -> Version {
        func action(_ verb: String) -> String {
            Links.page("models", model.name, verb, query: place.merging(["version": version.id]) { $1 })
        }
        let job = version.lineage?.job
        return Version(
            id: String(version.id.prefix(8)),
            fullID: version.id,
            tags: version.tags.joined(separator: ", "),
            framework: version.framework.rawValue,
            size: Numbers.bytes(version.byteCount),
            tested: ModelPages.tested(outcomes),
            from: job?.name ?? version.lineage?.by.map { "upload by \($0)" } ?? "upload",
            fromHref: job.map { Links.page("jobs", $0.kind.collection, $0.name) } ?? "",
            uses: Array(uses.all.filter { $0.version == version.id }.prefix(10)),
            uploaded: Moment(version.createdAt),
            tagHref: action("tag"),
            untagHref: version.tags.isEmpty ? "" : action("untag"),
            deleteHref: uses.obstacle(toDeleting: version.id) == nil ? action("delete") : ""
        )
    }
}
