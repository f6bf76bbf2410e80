import Definitions

/// The steps of a pipeline by who runs them: functions, models, and functions again.
struct Stages {
    let before: [FunctionStep]
    /// The steps with models.
    let models: [Step]
    let after: [FunctionStep]

    private static func function(_ step: Step) -> FunctionStep? {
        guard case .function(let function) = step else { return nil }
        return function
    }

    /// - Throws: ``RoostError`` if a function stands between models: nothing says which tensors the next model would get.
    init(_ steps: [Step]) throws(RoostError) {
        let functions = steps.map(Self.function)
        before = functions.prefix { $0 != nil }.compactMap { $0 }
        after =
            before.count == steps.count
            ? [] : functions.reversed().prefix { $0 != nil }.compactMap { $0 }.reversed()
        models = Array(steps.dropFirst(before.count).dropLast(after.count))
        for step in models {
            guard case .function(let function) = step else { continue }
            throw RoostError(
                .invalidInput,
                "Function '\(function)' stands between models. A function can only come before the models or after them.",
                field: "steps"
            )
        }
    }
}
