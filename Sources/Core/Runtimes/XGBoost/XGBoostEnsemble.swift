import Definitions
import Tensors

/// The models of a cross-validation, which predict together: the mean of their predictions, or the most frequent class if they
/// predict classes.
final class XGBoostEnsemble: LoadedModel {
    /// The maximum number of models in one artifact.
    static let limit = 1000

    private let members: [XGBoostModel]
    private let votes: Bool
    let signature: Signature
    let objective: Objective?
    let hasBoundedCost = true
    /// Taken from the first model.
    var boosting: Boosting? { members[0].boosting }

    /// - Parameter members: One or more.
    init(_ members: [XGBoostModel]) throws(RuntimeError) {
        guard let first = members.first, members.allSatisfy({ $0.signature == first.signature }) else {
            throw .modelRejected(framework: "XGBoost", reason: "its models differ in their features or outputs")
        }
        self.members = members
        votes = first.answersClasses
        signature = first.signature
        objective = first.objective
    }

    func run(_ inputs: [Tensor], cancellation: RunCancellation?) throws(RuntimeError) -> [Tensor] {
        var answers: [Tensor] = []
        for member in members { answers += try member.run(inputs, cancellation: cancellation) }
        let values = answers.map { $0.withElements(of: Float.self) { Array($0) } }
        let count = values[0].count
        let results = (0..<count).map { index in
            let said = values.map { $0[index] }
            return votes ? Self.mode(of: said) : said.reduce(0, +) / Float(said.count)
        }
        return [Tensor(.fp32, shape: answers[0].shape, elements: results)]
    }

    /// Returns the most frequent value; the smallest if there are several.
    static func mode(of values: [Float]) -> Float {
        var best: (value: Float, count: Int) = (.nan, 0)
        var run = 0
        let sorted = values.sorted()
        for (index, value) in sorted.enumerated() {
            run = index > 0 && sorted[index - 1] == value ? run + 1 : 1
            if run > best.count { best = (value, run) }
        }
        return best.value
    }
}
