import Definitions
import Foundation
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
        var href: String
    }

    struct Branch: Sendable {
        var box: Box
        /// The share of the requests, in percent.
        var share: String
        var isChallenger: Bool
        var isShadow: Bool
    }

    let items: [Item]

    init(_ version: PipelineVersion, of pipeline: Pipeline) {
        let frameworks = Dictionary(
            (pipeline.deployment?.models ?? []).map { ($0.model, $0.framework.rawValue) },
            uniquingKeysWith: { first, _ in first }
        )
        func box(_ model: ModelReference, _ role: String, note: String = "", name: String? = nil) -> Box {
            Box(
                title: name ?? model.name,
                version: String((model.version ?? "").prefix(8)),
                detail: [role, frameworks[model.name] ?? ""].filter { !$0.isEmpty }.joined(separator: " · "),
                note: note,
                href: Links.page("models", model.name, query: Self.query(pipeline))
            )
        }
        let definition = Links.page("pipelines", pipeline.name, "definition")
        var items = version.steps.map { step in
            switch step {
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
                        Branch(
                            box: box(
                                each.choice.model,
                                index == 0 ? "champion" : "challenger",
                                note: each.percent + " %",
                                name: each.choice.name
                            ),
                            share: each.percent,
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
                    [Branch(box: box(split.defaultModel, "otherwise"), share: "", isChallenger: false, isShadow: false)]
                        + split.models.sorted { $0.key < $1.key }.map { key, model in
                            Branch(box: box(model, "for \(key)"), share: "", isChallenger: true, isShadow: false)
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
                    note: "",
                    href: definition
                ),
                branches: [],
                hasBranches: false
            )
        }
        self.items = items
    }

    private static func split(_ title: String, _ detail: String, _ href: String, _ branches: [Branch]) -> Item {
        Item(
            box: Box(title: title, version: "", detail: detail, note: "", href: href),
            branches: branches,
            hasBranches: true
        )
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
