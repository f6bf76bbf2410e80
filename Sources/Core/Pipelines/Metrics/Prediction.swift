package import Definitions

/// Which output is compared with the labels.
package struct Prediction: Sendable {
    package enum Shape: Sendable {
        /// One score, number or class.
        case single(Expression.Element)
        /// A score for each class.
        case scores(output: Int, count: Int)
    }

    package let shape: Shape
    /// In the language of metrics.
    package let text: String
    /// From which score a prediction counts as positive.
    package let threshold: Double
    /// Whether the pipeline declares the threshold, so that every single number is the score of a binary class.
    package let isThresholdDeclared: Bool

    /// - Throws: ``RoostError`` if the prediction of the settings does not exist.
    package init(_ settings: LabelSettings?, _ layout: TensorLayout) throws(RoostError) {
        threshold = settings?.threshold ?? 0.5
        isThresholdDeclared = settings?.threshold != nil
        guard threshold.isFinite else {
            throw RoostError(.invalidInput, "'threshold' must be a finite number.", field: "threshold")
        }
        let text = settings?.prediction ?? "outputs[0]"
        self.text = text
        let expression: Expression
        do throws(RoostError) {
            expression = try Expression(parsing: text, for: .metric)
        } catch {
            throw RoostError(.invalidInput, error.message, field: "prediction")
        }
        guard expression.operations.count == 1, case .element(let element) = expression.operations[0],
            element.source == .answer
        else {
            throw RoostError(
                .invalidInput,
                "The prediction must be an output, such as 'outputs[0][0]', not '\(text.prefix(80))'.",
                field: "prediction"
            )
        }
        do throws(RoostError) {
            _ = try layout.kind(of: element)
        } catch {
            throw RoostError(.invalidInput, error.message, field: "prediction")
        }
        let lengths = layout.outputs[element.tensor].shape.dropFirst()
        // 0 if a length is not known.
        var width = lengths.allSatisfy { $0 > 0 } ? 1 : 0
        for length in lengths {
            let (product, overflow) = width.multipliedReportingOverflow(by: length)
            width = overflow ? .max : product
        }
        // A row of unknown length is looked up in the log.
        if element.indices.isEmpty, width != 1 {
            shape = .scores(output: element.tensor, count: width)
        } else {
            shape = .single(element)
        }
    }
}
