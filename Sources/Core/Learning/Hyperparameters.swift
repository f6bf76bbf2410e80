/// A hyperparameter of an algorithm: its name and its valid values.
package struct HyperparameterSpec: Sendable {
    package enum Kind: Sendable {
        case integer(ClosedRange<Int>)
        case number(Bounds)
        /// An integer in the range, or `auto`.
        case automaticInteger(ClosedRange<Int>)
        /// A number within the bounds, or `auto`.
        case automatic(Bounds)
        case choice([String])
        /// Several choices, separated by commas.
        case choices([String])
        /// Any value; the algorithm parses it.
        case text
    }

    /// An interval of numbers, which excludes an end that is open.
    package struct Bounds: Sendable, CustomStringConvertible {
        var lowest = -Double.infinity
        var highest = Double.infinity
        var isLowestOpen = false
        var isHighestOpen = false

        func contains(_ value: Double) -> Bool {
            (isLowestOpen ? value > lowest : value >= lowest) && (isHighestOpen ? value < highest : value <= highest)
        }

        package var description: String {
            func text(_ value: Double) -> String {
                value.isInfinite
                    ? (value < 0 ? "-inf" : "+inf") : value == value.rounded() ? "\(Int(value))" : "\(value)"
            }
            return (isLowestOpen ? "(" : "[") + "\(text(lowest)), \(text(highest))" + (isHighestOpen ? ")" : "]")
        }

        static let any = Bounds()
        static func from(_ lowest: Double, to highest: Double = .infinity) -> Bounds {
            Bounds(lowest: lowest, highest: highest, isHighestOpen: highest.isInfinite)
        }
        static func above(_ lowest: Double, to highest: Double = .infinity) -> Bounds {
            Bounds(lowest: lowest, highest: highest, isLowestOpen: true, isHighestOpen: highest.isInfinite)
        }
        static func between(_ lowest: Double, _ highest: Double) -> Bounds {
            Bounds(lowest: lowest, highest: highest, isLowestOpen: true, isHighestOpen: true)
        }
    }

    package let name: String
    package let kind: Kind
    package let isRequired: Bool

    init(_ name: String, _ kind: Kind, isRequired: Bool = false) {
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
    }
}

/// The hyperparameters of a job, each checked against its algorithm's specification.
package struct Hyperparameters: Sendable {
    package let values: [String: String]

    /// - Throws: ``LearningError/client(_:)`` that names the hyperparameter.
    package init(_ values: [String: String], specs: [HyperparameterSpec]) throws(LearningError) {
        var kept: [String: String] = [:]
        for spec in specs where spec.isRequired && values[spec.name] == nil {
            throw .client("Missing required hyperparameter: \(spec.name)")
        }
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            // The SageMaker SDK adds these for its own use.
            if name.hasPrefix("sagemaker_") { continue }
            guard let spec = specs.first(where: { $0.name == name }) else {
                throw .client("Extraneous hyperparameter found: \(name.prefix(100))")
            }
            // The SDK's framework estimators send each value as JSON: a string in quotes.
            let isQuoted = value.count >= 2 && value.hasPrefix("\"") && value.hasSuffix("\"")
            let text = (isQuoted ? String(value.dropFirst().dropLast()) : value).trimmed
            try Self.check(text, spec)
            if case .integer = spec.kind, let number = Self.integer(text) {
                kept[name] = "\(number)"
            } else {
                kept[name] = text
            }
        }
        self.values = kept
    }

    private static func check(_ text: String, _ spec: HyperparameterSpec) throws(LearningError) {
        let shown = text.prefix(100)
        func misfit(_ what: String) -> LearningError {
            .client("Hyperparameter \(spec.name): could not parse value '\(shown)'; expected \(what).")
        }
        switch spec.kind {
        case .automaticInteger, .automatic:
            if text == "auto" { return }
        default: break
        }
        switch spec.kind {
        case .integer(let range), .automaticInteger(let range):
            guard let number = integer(text) else { throw misfit("an integer") }
            guard range.contains(number) else {
                let highest = range.upperBound >= Int(Int32.max) ? "+inf)" : "\(range.upperBound)]"
                let lowest = range.lowerBound <= Int(Int32.min) ? "(-inf" : "[\(range.lowerBound)"
                throw .client("Hyperparameter \(spec.name): \(shown) is not in \(lowest), \(highest)")
            }
        case .number(let bounds), .automatic(let bounds):
            guard let number = Double(text), number.isFinite else { throw misfit("a number") }
            guard bounds.contains(number) else {
                throw .client("Hyperparameter \(spec.name): \(shown) is not in \(bounds)")
            }
        case .choice(let choices):
            guard choices.contains(text) else {
                throw .client("Hyperparameter \(spec.name): \(shown) is not in \(list(choices))")
            }
        case .choices(let choices):
            for word in text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed) {
                guard choices.contains(word) else {
                    throw .client(
                        "Hyperparameter \(spec.name): value \(word.prefix(100)) not in range \(list(choices))"
                    )
                }
            }
        case .text: break
        }
    }

    private static func list(_ choices: [String]) -> String {
        "[" + choices.map { "'\($0)'" }.joined(separator: ", ") + "]"
    }

    /// Tuning jobs may write whole numbers as `5.0`.
    private static func integer(_ text: String) -> Int? {
        Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    }

    package subscript(_ name: String) -> String? { values[name] }
    func integer(_ name: String) -> Int? { values[name].flatMap(Self.integer) }
    func number(_ name: String) -> Double? { values[name].flatMap { Double($0) } }
    func flag(_ name: String) -> Bool? { values[name].map { ["true", "1", "True"].contains($0) } }
    /// `nil` also for `auto`.
    func automaticFlag(_ name: String) -> Bool? { values[name] == "auto" ? nil : flag(name) }
    /// Returns the elements of a comma-separated list.
    func list(_ name: String) -> [String] {
        (values[name] ?? "").split(separator: ",").map(\.trimmed).filter { !$0.isEmpty }
    }
}
