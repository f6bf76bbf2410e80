import AWS
import Definitions
import Jobs

/// Autotune: ranges and limits that the request leaves to SageMaker.
///
/// - Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Autotune.html and API_AutoParameter.html
extension TuningRequest {
    static func isAutotuned(_ input: JSON) -> Bool { input["Autotune"]?["Mode"]?.string == "Enabled" }

    /// The number of trials if Autotune chooses it: 10 for each hyperparameter, 100 at most.
    static func chosenTrials(_ candidates: [TuningDefinition.Candidate]) -> Int {
        min(100, 10 * max(1, candidates.map(\.ranges.count).max() ?? 1))
    }

    /// Chooses the ranges of `AutoParameters`. A hyperparameter that is not one to search keeps its example value.
    ///
    /// - Parameters:
    ///   - given: The `ParameterRanges` of the request.
    ///   - isAutotuned: Whether hyperparameters are chosen if the request names none.
    ///   - fixed: Names of hyperparameters that the strategy sets itself.
    static func chooseRanges(
        _ given: JSON,
        isAutotuned: Bool,
        fixed: [String],
        in candidate: inout TuningDefinition.Candidate
    ) throws {
        let parameters = try (given["AutoParameters"]?.array ?? []).map { parameter in
            (name: try parameter.required("Name"), example: try parameter.required("ValueHint"))
        }
        let examples = Dictionary(parameters.map { ($0.name, $0.example) }) { first, _ in first }
        for (name, example) in parameters {
            let isTaken =
                candidate.training.hyperparameters[name] != nil || candidate.ranges.contains { $0.name == name }
            guard !isTaken else {
                throw AWSError.validation(
                    "Hyperparameter '\(name)' is specified more than once, as one of AutoParameters and otherwise."
                )
            }
            let range: HyperparameterRange?
            do throws(RoostError) {
                range =
                    fixed.contains(name)
                    ? nil : try candidate.training.range(of: name, example: example, among: examples)
            } catch {
                throw AWSError.validation("Invalid ValueHint in AutoParameters. \(error.message)")
            }
            if let range { candidate.ranges.append(range) } else { candidate.training.hyperparameters[name] = example }
        }
        if candidate.ranges.isEmpty, isAutotuned {
            candidate.ranges = candidate.training.rangesToSearch.filter { !fixed.contains($0.name) }
        }
    }

    /// The names of the hyperparameters whose ranges a training job definition leaves to Autotune.
    static func autoParameterNames(_ training: JSON, _ config: JSON) -> Set<String> {
        let ranges = training["HyperParameterRanges"] ?? config["ParameterRanges"]
        return Set((ranges?["AutoParameters"]?.array ?? []).compactMap { $0["Name"]?.string })
    }
}
