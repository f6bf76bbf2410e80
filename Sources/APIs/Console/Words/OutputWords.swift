import Definitions
import Foundation
import NativeAPI
import Tensors
import Words

extension OutputValues {
    /// All values with numbers as pages show them: one by itself, several in brackets with up to `limit` of them.
    func shown(limit: Int) -> String {
        text(limit: limit) { value in
            if case .text(let text) = value { text } else { Values.number(written: value.text) }
        }
    }
}

extension InferenceAnswer.Failure {
    /// What went wrong, and in which rows.
    var words: String {
        let numbers = (rows ?? []).prefix(10).map { String($0) }
        guard !numbers.isEmpty else { return message ?? "Failed" }
        let more = (rows ?? []).count > numbers.count ? ", …" : ""
        let which = numbers.count == 1 ? "row" : "rows"
        return (message ?? "Failed") + " in \(which) " + numbers.joined(separator: ", ") + more
    }
}

extension Status {
    /// What a validation came to.
    ///
    /// - Parameters:
    ///   - failure: `nil` if it did not fail.
    ///   - wasChecked: Whether the models that it names have run.
    init(_ failure: InferenceAnswer.Failure?, of outputs: [OutputValues], wasChecked: Bool) {
        if let failure {
            self.init(.bad, failure.words)
        } else if !wasChecked {
            self.init(.off, "Not checked")
        } else if !outputs.isEmpty, outputs.allSatisfy({ $0.shape.first == 0 }) {
            // What holds for each of no rows says nothing.
            self.init(.off, "No rows")
        } else {
            self.init(.ok, "Holds")
        }
    }
}

extension PipelineVersion {
    /// Whether the models that an expression names have run. Only those of a split or a shadow deploy may not have.
    ///
    /// - Parameter models: The models whose outputs are known.
    func checks(_ expression: String, ran models: Set<String>) -> Bool {
        guard let step = steps.last, step.models.count > 1, let parsed = try? Expression(parsing: expression) else {
            return true
        }
        return parsed.models.intersection(step.models.map(\.name)).isSubset(of: models)
    }
}

extension TensorSpec {
    /// FP32 [any, 29]
    var words: String {
        let sizes = hasAnyRank ? "any shape" : shape.map { $0 < 0 ? "any" : String($0) }.joined(separator: ", ")
        return dataType.rawValue + (hasAnyRank ? ", " + sizes : " [" + sizes + "]")
    }
}
