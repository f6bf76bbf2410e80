import Definitions

/// What a model predicted, and what turned out to be true.
package struct LabeledPrediction: Equatable, Sendable {
    package var prediction: DatasetField
    /// That of the positive class, for two classes.
    package var probability: Double?
    package var label: DatasetField

    package init(prediction: DatasetField, probability: Double? = nil, label: DatasetField) {
        self.prediction = prediction
        self.probability = probability
        self.label = label
    }
}

extension DatasetField {
    var number: Double? {
        switch content {
        case .integral(let number), .fractional(let number): number
        case .missing, .string: nil
        }
    }

    /// The field as the name of a class: `1`, `1.0` and the number 1 are the same class. `nil` if it is missing.
    var className: String? {
        switch content {
        case .missing: nil
        case .integral(let number), .fractional(let number): Int(exactly: number).map { "\($0)" } ?? "\(number)"
        case .string: category
        }
    }

    /// Whether the field is the positive one of two classes. `nil` if it is missing.
    ///
    /// - Throws: ``RoostError`` if it is neither.
    func isPositive(_ name: String) throws(RoostError) -> Bool? {
        switch className?.lowercased() {
        case nil: return nil
        case "1", "true": return true
        case "0", "false": return false
        case let other?:
            throw RoostError(
                .invalidInput,
                "The \(name) '\(other.prefix(80))' is not a class of a binary classification; expected 0 or 1."
            )
        }
    }
}
