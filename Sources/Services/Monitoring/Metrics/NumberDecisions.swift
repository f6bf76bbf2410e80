import Definitions
import Pipelines

/// What single numbers decide that models return.
enum NumberDecisions: Hashable, Sendable {
    /// Numbers from the threshold on are class 1, and all others class 0.
    case scores(threshold: Double)
    /// Whole numbers are classes.
    case classes
    /// Amounts decide nothing.
    case nothing
    /// Not known for all numbers: those from 0 to 1 are scores where the label is one of two classes, and whole ones classes.
    case eachForItself(threshold: Double)

    /// What a number decides that is known without the others.
    init(_ prediction: Prediction) {
        self =
            prediction.isThresholdDeclared
            ? .scores(threshold: prediction.threshold) : .eachForItself(threshold: prediction.threshold)
    }

    func decision(_ number: Double) -> Double? {
        switch self {
        case .scores(let threshold): number >= threshold ? 1 : 0
        case .classes: number
        case .nothing: nil
        case .eachForItself(let threshold): (0...1).contains(number) ? (number >= threshold ? 1 : 0) : nil
        }
    }

    /// Returns whether a number decides for the class of a label; `nil` if the two cannot be compared.
    func isRight(_ number: Double, _ label: Double) -> Bool? {
        let isBinary = label == 0 || label == 1
        switch self {
        case .scores(let threshold): return isBinary ? (number >= threshold ? 1 : 0) == label : nil
        case .classes: return number == label
        case .nothing: return nil
        case .eachForItself(let threshold):
            if isBinary, (0...1).contains(number) { return (number >= threshold ? 1 : 0) == label }
            return number.isWhole ? number == label : nil
        }
    }
}

/// What single numbers are, judged by all of them.
struct NumberRange {
    private var areProbabilities = true
    private var areWhole = true

    mutating func add(_ number: Double) {
        if !(0...1).contains(number) { areProbabilities = false }
        if !number.isWhole { areWhole = false }
    }

    /// - Parameter kind: The type of the labels that the pipeline declares.
    func decisions(_ prediction: Prediction, _ kind: LabelSettings.Kind?) -> NumberDecisions {
        if kind == .number { return .nothing }
        if prediction.isThresholdDeclared || areProbabilities { return .scores(threshold: prediction.threshold) }
        return areWhole ? .classes : .nothing
    }
}

extension Double {
    fileprivate var isWhole: Bool { isFinite && rounded() == self }
}
