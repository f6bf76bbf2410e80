import Definitions
import Foundation
import Words

extension PipelineVersion {
    /// Who answers if the version is deployed, in a sentence.
    var answering: String {
        let deciding = steps.filter { step in
            if case .function = step { false } else { true }
        }
        guard let step = deciding.first, deciding.count == 1 else {
            let names = steps.flatMap { step -> [String] in
                if case .function(let function) = step { [function.name] } else { step.models.map(\.name) }
            }
            return names.isEmpty ? "It has no steps." : "All requests will go through \(Self.list(names))."
        }
        switch step {
        case .function: return ""
        case .model(let model): return "\(model.name) will answer all requests."
        case .randomSplit(let split):
            let total = split.models.map(\.weight).reduce(0, +)
            let parts = split.models.map { choice in
                let share = total > 0 ? Numbers.share((choice.weight / total * 1000).rounded() / 1000) : Numbers.none
                return "\(choice.name ?? choice.model.name) \(share)"
            }
            return "It splits the requests: \(Self.list(parts))."
        case .keySplit(let split):
            let keys = split.models.sorted { $0.key < $1.key }.prefix(5).map { "\($0.value.name) those for \($0.key)" }
            let rest = split.models.count > keys.count ? "others for \(split.models.count - keys.count) more" : ""
            return "It splits the requests by \(split.key): "
                + Self.list(keys + (rest.isEmpty ? [] : [rest]) + ["\(split.defaultModel.name) will answer the rest"])
                + "."
        case .shadowDeploy(let shadow):
            let names = Self.list(shadow.challengers.map(\.name))
            return "\(shadow.champion.name) will answer all requests. \(names) "
                + "\(shadow.challengers.count == 1 ? "is" : "are") only compared."
        }
    }

    /// a, b and c
    private static func list(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }
}

extension Deployment? {
    /// What answers until a version is deployed, and what becomes of it, in a sentence.
    func meanwhile(until version: String) -> String {
        guard let self, self.state != .stopped, self.state != .error else {
            return "Nothing answers now; requests get 404 until the version is loaded."
        }
        guard self.version != version else { return "It answers already; its models are loaded again." }
        return
            "Version \(self.version.prefix(8)) answers until the new one is loaded, and stays available for an undo. No request "
            + "fails during the change."
    }
}
