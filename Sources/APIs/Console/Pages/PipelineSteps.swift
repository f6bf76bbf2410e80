import Definitions
import Foundation
import NativeAPI
import Words

/// The steps of a version as a list, which the script draws as a graph.
struct PipelineSteps: Sendable {
    struct Item: Sendable {
        var box: Box
        /// The models of a split or a shadow deploy.
        var branches: [Branch]
        var hasBranches: Bool
    }

    struct Box: Sendable {
        var title: String
        /// A version, behind the title.
        var version: String
        var detail: String
        var note: String
        /// How fast it is, or how often it fails, below the note.
        var pace = ""
        var href: String
    }

    struct Branch: Sendable {
        var box: Box
        /// The share of the requests, in percent: the live one once there are requests.
        var share: String
        var isChallenger: Bool
        var isShadow: Bool
    }

    let items: [Item]
    /// Requests per second; empty if nobody knows.
    let rate: String
    /// The share of the requests that failed in the last hour; empty if nobody knows.
    let failed: String
    /// What the live shares are counted from; empty without any.
    let counted: String

    /// Reads what the version that answers has counted. The steps are worth something without it too.
    init(_ version: PipelineVersion, of pipeline: Pipeline, _ api: ConsoleAPI) async {
        let path = "/v1/pipelines/\(ConsoleAPI.escaped(pipeline.name))"
        var live: LiveArms?
        var series: PipelineSeries?
        if pipeline.deployment?.state == .running || pipeline.deployment?.state == .updating {
            live = (try? await api.get(path + "/arms", as: ArmList.self)).flatMap { LiveArms($0, of: version) }
            series = try? await api.get(path + "/series", as: PipelineSeries.self)
        }
        self.init(version, of: pipeline, live, series)
    }

    private init(_ version: PipelineVersion, of pipeline: Pipeline, _ live: LiveArms?, _ series: PipelineSeries?) {
        rate = series?.rates.newest.map { Numbers.with("/s", Numbers.measure($0)) } ?? ""
        failed = series?.total.failed.map { Numbers.percent($0) + " failed" } ?? ""
        counted = live?.words ?? ""
        let experiment = Experiment.step(in: version.steps)
        let frameworks = Dictionary(
            (pipeline.deployment?.models ?? []).map { ($0.model, $0.framework.rawValue) },
            uniquingKeysWith: { first, _ in first }
        )
        func box(
            _ model: ModelReference,
            _ role: String,
            note: String = "",
            pace: String = "",
            name: String? = nil
        ) -> Box {
            Box(
                title: name ?? model.name,
                version: String((model.version ?? "").prefix(8)),
                detail: [role, frameworks[model.name] ?? ""].filter { !$0.isEmpty }.joined(separator: " · "),
                note: note,
                pace: pace,
                href: Links.page("models", model.name, query: Self.query(pipeline))
            )
        }
        let definition = Links.page("pipelines", pipeline.name, "definition")
        var items = version.steps.enumerated().map { index, step in
            let live = index == experiment ? live : nil
            return switch step {
            case .model(let model): Item(box: box(model, "model"), branches: [], hasBranches: false)
            case .function(let function):
                Item(
                    box: Box(
                        title: function.name,
                        version: function.version ?? "",
                        detail: "function",
                        note: "",
                        href: Links.page("functions", function.name)
                    ),
                    branches: [],
                    hasBranches: false
                )
            case .randomSplit(let split):
                Self.split(
                    "random split",
                    split.hashKey.map { "by \($0)" } ?? "by chance",
                    definition,
                    Self.shares(split).enumerated().map { index, each in
                        let arm = live?.arm(index, of: split.models.count)
                        return Branch(
                            box: box(
                                each.choice.model,
                                index == 0 ? "champion" : "challenger",
                                note: LiveArms.note(arm, set: each.percent),
                                pace: LiveArms.pace(arm),
                                name: each.choice.name
                            ),
                            share: LiveArms.percent(arm) ?? each.percent,
                            isChallenger: index > 0,
                            isShadow: false
                        )
                    }
                )
            case .keySplit(let split):
                Self.split(
                    "key split",
                    "by \(split.key)",
                    definition,
                    ([(role: "otherwise", model: split.defaultModel)]
                        + split.models.sorted { $0.key < $1.key }.map { (role: "for \($0.key)", model: $0.value) })
                        .enumerated().map { index, each in
                            let arm = live?.arm(of: each.model, in: split)
                            return Branch(
                                box: box(
                                    each.model,
                                    each.role,
                                    note: LiveArms.note(arm, set: ""),
                                    pace: LiveArms.pace(arm)
                                ),
                                share: LiveArms.percent(arm) ?? "",
                                isChallenger: index > 0,
                                isShadow: false
                            )
                        }
                )
            case .shadowDeploy(let shadow):
                Self.split(
                    "shadow",
                    "\(shadow.challengers.count) \(shadow.challengers.count == 1 ? "challenger" : "challengers")",
                    definition,
                    [
                        Branch(
                            box: box(shadow.champion, "champion, answers", note: "100 %"),
                            share: "100",
                            isChallenger: false,
                            isShadow: false
                        )
                    ]
                        + shadow.challengers.map { model in
                            Branch(
                                box: box(model, "challenger, only compared"),
                                share: "",
                                isChallenger: true,
                                isShadow: true
                            )
                        }
                )
            }
        }
        items += version.validations.map { validation in
            Item(
                box: Box(
                    title: validation.name,
                    version: "",
                    detail: "check: \(validation.expression)",
                    // Only the failures of all checks together are counted.
                    note: version.validations.count == 1
                        ? series?.total.checksFailed.map { Numbers.percent($0) + " fail" } ?? "" : "",
                    href: definition
                ),
                branches: [],
                hasBranches: false
            )
        }
        self.items = items
    }

    /// The most branches of a split that are shown one by one.
    private static let branchLimit = 4

    private static func split(_ title: String, _ detail: String, _ href: String, _ branches: [Branch]) -> Item {
        Item(
            box: Box(title: title, version: "", detail: detail, note: "", href: href),
            branches: shortened(branches, href),
            hasBranches: true
        )
    }

    /// Of many branches the three largest, and one for the others.
    private static func shortened(_ branches: [Branch], _ href: String) -> [Branch] {
        guard branches.count > branchLimit else { return branches }
        func share(_ index: Int) -> Double { Double(branches[index].share) ?? 0 }
        let bySize = branches.indices.sorted { (share($1), $0) < (share($0), $1) }
        let largest = bySize.prefix(branchLimit - 1).sorted()
        let others = bySize.dropFirst(branchLimit - 1)
        let rest = Numbers.fixed(others.reduce(0) { $0 + share($1) }, 1)
        let hasShares = branches.contains { !$0.share.isEmpty }
        return largest.map { branches[$0] } + [
            Branch(
                box: Box(
                    title: "\(Numbers.count(others.count)) more",
                    version: "",
                    detail: "see the definition",
                    note: hasShares ? rest + " %" : "",
                    href: href
                ),
                share: hasShares ? rest : "",
                isChallenger: true,
                isShadow: others.allSatisfy { branches[$0].isShadow }
            )
        ]
    }

    private static func shares(_ split: RandomSplit) -> [(choice: RandomSplit.Choice, percent: String)] {
        let total = split.models.map(\.weight).reduce(0, +)
        return split.models.map { choice in
            let share = total > 0 ? choice.weight / total * 100 : 0
            return (choice, Numbers.fixed(share, share == share.rounded() ? 0 : 1))
        }
    }

    /// The query that names a workspace, unless it is the default one.
    static func query(_ pipeline: Pipeline) -> [String: String] {
        pipeline.workspace == Workspace.defaultName ? [:] : ["workspace": pipeline.workspace]
    }
}

/// What the arms of the version that answers have answered.
struct LiveArms: Sendable {
    private let list: ArmList

    /// Is `nil` if the counts are of another version.
    init?(_ list: ArmList, of version: PipelineVersion) {
        guard list.version == version.id, !list.arms.isEmpty else { return nil }
        self.list = list
    }

    var words: String {
        let total = list.arms.reduce(0) { $0.addingReportingOverflow($1.requests).partialValue }
        guard total > 0 else { return "" }
        return
            "Live shares of \(Numbers.count(total)) \(total == 1 ? "request" : "requests") since this version was loaded, "
            + "\(Moment(list.since).text); p99 of whole requests."
    }

    func arm(_ index: Int, of count: Int) -> ArmList.Arm? { list.arms.count == count ? list.arms[index] : nil }

    /// The arm of a model; `nil` if several branches lead to the model.
    func arm(of model: ModelReference, in split: KeySplit) -> ArmList.Arm? {
        let branches = split.models.values.count { $0 == model } + (split.defaultModel == model ? 1 : 0)
        return branches == 1 ? list.arms.first { $0.model == model } : nil
    }

    /// The live share in percent.
    static func percent(_ arm: ArmList.Arm?) -> String? { arm?.liveShare.map { Numbers.fixed($0 * 100, 1) } }

    /// - Parameter set: The share that was set, in percent; empty if there is none.
    static func note(_ arm: ArmList.Arm?, set: String) -> String {
        let set = set.isEmpty ? "" : set + " %"
        guard let percent = percent(arm) else { return set }
        return percent + " %" + (set.isEmpty ? "" : " of " + set)
    }

    static func pace(_ arm: ArmList.Arm?) -> String {
        arm?.p99Milliseconds.map { "p99 " + Numbers.with("ms", Numbers.measure($0)) } ?? ""
    }
}
