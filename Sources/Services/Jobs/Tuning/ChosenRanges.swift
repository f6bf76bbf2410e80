package import Definitions
import Foundation
import Learning

extension TrainingDefinition {
    /// The hyperparameters to search if the user names none, with their ranges; empty if the algorithm has no such.
    package var rangesToSearch: [HyperparameterRange] {
        guard let builtIn else { return [] }
        return builtIn.recommendedRanges(with: hyperparameters).filter {
            builtIn.searchedByDefault.contains($0.name) && hyperparameters[$0.name] == nil
        }
    }

    /// Chooses the range of a hyperparameter by an example of its value.
    ///
    /// A built-in algorithm has a recommended range, which is widened to include the example. In other algorithms, a positive
    /// number is searched from a tenth of the example to ten times it, and a share (a number below 1) not beyond 1.
    ///
    /// - Parameter examples: The examples of all hyperparameters.
    /// - Returns: `nil` if the hyperparameter is not one to search. It keeps the example as its value.
    /// - Throws: ``RoostError`` if the example is not a possible value.
    package func range(
        of name: String,
        example: String,
        among examples: [String: String]
    ) throws(RoostError) -> HyperparameterRange? {
        guard let builtIn else {
            return Self.around(example, of: name).map { HyperparameterRange(name: name, values: $0) }
        }
        let known = hyperparameters.merging(examples) { given, _ in given }
        guard var range = builtIn.recommendedRanges(with: known).first(where: { $0.name == name }) else { return nil }
        // What these algorithms call the choice that they make themselves.
        if example == "auto" { return range }
        func refusal(_ kind: String) -> RoostError {
            RoostError(
                .invalidInput,
                "The example value '\(example.prefix(80))' of the hyperparameter '\(name)' is not \(kind)."
            )
        }
        switch range.values {
        case .integer(let low, let high, let scaling):
            guard let number = Int(example) else { throw refusal("an integer") }
            range.values = .integer(min: min(low, number), max: max(high, number), scaling: scaling)
        case .continuous(let low, let high, let scaling):
            guard let number = Double(example), number.isFinite else { throw refusal("a number") }
            range.values = .continuous(min: min(low, number), max: max(high, number), scaling: scaling)
        case .categorical(let values):
            let isKnown = values.contains { $0.lowercased() == example.lowercased() }
            range.values = .categorical(isKnown ? values : values + [example])
        }
        return range
    }

    /// The names of hyperparameters that SageMaker's containers read themselves, not the user's algorithm.
    private static let reserved = ["sagemaker_", "_"]

    private static func around(_ example: String, of name: String) -> HyperparameterRange.Values? {
        guard !reserved.contains(where: name.hasPrefix) else { return nil }
        let text = HyperparameterText.plain(example)
        if let number = Int(text) {
            guard (1...1 << 50).contains(number) else { return nil }
            return .integer(min: max(1, number / 10), max: number * 10, scaling: .auto)
        }
        guard let number = Double(text), (1e-300...1e300).contains(number) else { return nil }
        return .continuous(min: number / 10, max: number < 1 ? min(1, number * 10) : number * 10, scaling: .auto)
    }
}
