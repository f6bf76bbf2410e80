/// Why a gate does not let versions begin to answer.
package struct GateRefusal: Error, Sendable, Equatable {
    /// Something that a version has not passed.
    package struct Problem: Sendable, Equatable, CustomStringConvertible {
        package enum Kind: Sendable, Equatable {
            /// No required suite tests the model.
            case untested
            case notRun(suite: String)
            /// The run has not ended.
            case running(suite: String)
            /// - Parameter reason: Why the suite could not be run.
            case error(suite: String, reason: String)
            /// - Parameters:
            ///   - cases: The first of those that failed, up to ``Problem/caseLimit``.
            ///   - count: How many failed.
            case failed(suite: String, cases: [SuiteCaseResult], count: Int)
        }

        package let model: ModelReference
        package let kind: Kind

        package init(_ kind: Kind, of model: ModelReference) {
            self.kind = kind
            self.model = model
        }

        package var description: String {
            switch kind {
            case .untested: "No suite of the gate tests model '\(model.name)'."
            case .notRun(let suite):
                "Suite '\(suite)' has not been run for version '\(model)'. Run 'roost test \(suite) --version \(model)'."
            case .running(let suite): "The run of suite '\(suite)' for version '\(model)' has not ended."
            case .error(let suite, let reason):
                "Suite '\(suite)' could not be run for version '\(model)': \(reason.prefix(500))"
            case .failed(let suite, let cases, let count):
                "Version '\(model)' failed suite '\(suite)': \(Self.list(cases, of: count))."
            }
        }

        /// The most cases that a message names.
        package static let caseLimit = 10

        private static func list(_ cases: [SuiteCaseResult], of count: Int) -> String {
            let named = cases.prefix(caseLimit).map { result in
                let message = result.message.hasSuffix(".") ? result.message.dropLast() : result.message[...]
                return "case '\(result.name)': \(message.prefix(300))"
            }
            let rest = count - named.count
            return (named + (rest > 0 ? ["and \(rest) more"] : [])).joined(separator: "; ")
        }
    }

    package let pipeline: String
    /// Not empty.
    package let problems: [Problem]

    package init(pipeline: String, problems: [Problem]) {
        self.pipeline = pipeline
        self.problems = problems
    }

    /// The most problems that a message names.
    private static let problemLimit = 5

    /// The problems as a paragraph.
    package var summary: String {
        let rest = problems.count - Self.problemLimit
        return problems.prefix(Self.problemLimit).map(\.description).joined(separator: " ")
            + (rest > 0 ? " There are \(rest) more problems." : "")
    }

    package var error: RoostError {
        RoostError(.conflict, "The gate of pipeline '\(pipeline)' refuses this. \(summary)", field: "gate")
    }
}

extension Step {
    /// The models whose outputs may be returned: neither challengers in a shadow, nor the choices of a split without a share, unless
    /// they have a name, by which a request can choose them.
    package var answering: [ModelReference] {
        switch self {
        case .randomSplit(let split): split.models.filter { $0.weight > 0 || $0.name != nil }.map(\.model)
        case .shadowDeploy(let shadow): [shadow.champion]
        case .model, .keySplit, .function: models
        }
    }
}
