/// What a hyperparameter may be.
package struct Hyperparameter: Sendable {
    package enum Kind: Sendable {
        /// A number from `min` to `max`; an open end does not belong to the range.
        case number(min: Double = -.infinity, max: Double = .infinity, isOpen: Bool = false)
        case integer(min: Int = .min, max: Int = .max)
        case choice([String])
        /// Anything; the algorithm reads it.
        case text
    }

    package let name: String
    package let kind: Kind

    init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// What is wrong with a value; `nil` where nothing is.
    func complaint(about value: String) -> String? {
        switch kind {
        case .text: return nil
        case .choice(let choices):
            return choices.contains(value) ? nil : "is not one of \(choices.joined(separator: ", "))"
        case .integer(let min, let max):
            guard let number = Int(value) ?? Double(value).flatMap({ Int(exactly: $0) }) else { return "is no integer" }
            if number < min { return "is less than \(min)" }
            return number > max ? "is more than \(max)" : nil
        case .number(let min, let max, let isOpen):
            guard let number = Double(value), number.isFinite else { return "is no number" }
            if isOpen, number == min || number == max {
                return "is not between \(Self.text(min)) and \(Self.text(max))"
            }
            if number < min { return "is less than \(Self.text(min))" }
            return number > max ? "is more than \(Self.text(max))" : nil
        }
    }

    private static func text(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? "\(number)"
    }
}

/// The hyperparameters of a job, checked against those that its algorithm knows.
package struct Hyperparameters: Sendable {
    private let values: [String: String]

    /// - Throws: ``LearningError`` that names the first one that is not known, or has a value that is not allowed.
    package init(_ given: [String: String], known: [Hyperparameter], required: [String] = []) throws(LearningError) {
        var values: [String: String] = [:]
        let kinds = Dictionary(uniqueKeysWithValues: known.map { ($0.name, $0) })
        for (name, text) in given.sorted(by: { $0.key < $1.key }) {
            // What SageMaker and its SDK add for themselves.
            if name.hasPrefix("_") || name.hasPrefix("sagemaker_") { continue }
            let value = Self.unquoted(text)
            guard let hyperparameter = kinds[name] else {
                throw .client("the hyperparameter '\(name)' is not known to this algorithm.")
            }
            if let complaint = hyperparameter.complaint(about: value) {
                throw .client("the hyperparameter '\(name)' \(complaint): '\(value.prefix(100))'.")
            }
            values[name] = value
        }
        for name in required where values[name] == nil {
            throw .client("the hyperparameter '\(name)' is missing; it is required.")
        }
        self.values = values
    }

    /// The SDK writes some values as JSON.
    private static func unquoted(_ text: String) -> String {
        text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"") ? String(text.dropFirst().dropLast()) : text
    }

    package var all: [String: String] { values }

    package subscript(name: String) -> String? { values[name] }

    package func integer(_ name: String) -> Int? {
        values[name].flatMap { Int($0) ?? Double($0).flatMap { Int(exactly: $0) } }
    }

    package func number(_ name: String) -> Double? { values[name].flatMap(Double.init) }

    package func flag(_ name: String) -> Bool? {
        values[name].map { ["true", "1"].contains($0.lowercased()) }
    }
}
