import Foundation

/// A metric of predictions that Roost computes itself, by its usual name.
package enum QualityMetric: String, Sendable, CaseIterable {
    case accuracy
    case balancedAccuracy = "balanced_accuracy"
    case f1
    case f1Binary = "f1_binary"
    case f1Macro = "f1_macro"
    case mse
    case precision
    case precisionMacro = "precision_macro"
    case precisionMicro = "precision_micro"
    case r2
    case recall
    case recallMacro = "recall_macro"
    case recallMicro = "recall_micro"

    /// Whether a larger value is better.
    var isMaximized: Bool { self != .mse }

    /// Whether it compares classes, not numbers.
    var isOfClasses: Bool { self != .mse && self != .r2 }

    /// Returns the value of the metric. As in scikit-learn, a ratio with denominator 0 is 0.
    ///
    /// - Parameters:
    ///   - predictions: One per row: classes for a metric of classes, numbers otherwise.
    package func value(labels: [Float], predictions: [Float]) -> Double {
        switch self {
        case .mse:
            return zip(labels, predictions).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
                / Double(labels.count)
        case .r2:
            let mean = labels.reduce(0) { $0 + Double($1) } / Double(labels.count)
            let total = labels.reduce(0) { $0 + pow(Double($1) - mean, 2) }
            let left = zip(labels, predictions).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
            return total == 0 ? (left == 0 ? 1 : 0) : 1 - left / total
        case .accuracy, .precisionMicro, .recallMicro:
            return Double(zip(labels, predictions).count { $0 == $1 }) / Double(labels.count)
        default: return ofClasses(labels, predictions)
        }
    }

    private struct Counts {
        var hits = 0
        var predicted = 0
        var actual = 0
        var precision: Double { predicted == 0 ? 0 : Double(hits) / Double(predicted) }
        var recall: Double { actual == 0 ? 0 : Double(hits) / Double(actual) }
        var f1: Double { predicted + actual == 0 ? 0 : 2 * Double(hits) / Double(predicted + actual) }
    }

    private func ofClasses(_ labels: [Float], _ predictions: [Float]) -> Double {
        var counts: [Float: Counts] = [:]
        for (label, prediction) in zip(labels, predictions) {
            counts[label, default: .init()].actual += 1
            counts[prediction, default: .init()].predicted += 1
            if label == prediction { counts[label, default: .init()].hits += 1 }
        }
        let positive = counts[1] ?? .init()
        func mean(_ classes: [Counts], _ value: (Counts) -> Double) -> Double {
            classes.isEmpty ? 0 : classes.reduce(0) { $0 + value($1) } / Double(classes.count)
        }
        // In a fixed order, because floating-point sums depend on it.
        let all = counts.sorted { $0.key < $1.key }.map(\.value)
        return switch self {
        case .balancedAccuracy: mean(all.filter { $0.actual > 0 }, \.recall)
        case .f1Macro: mean(all, \.f1)
        case .precisionMacro: mean(all, \.precision)
        case .recallMacro: mean(all, \.recall)
        // For more than two classes, a binary metric is the average over all classes.
        case .f1, .f1Binary: counts.count > 2 ? mean(all, \.f1) : positive.f1
        case .precision: counts.count > 2 ? mean(all, \.precision) : positive.precision
        default: counts.count > 2 ? mean(all, \.recall) : positive.recall
        }
    }
}
