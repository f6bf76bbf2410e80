/// A metric that SageMaker's container computes from XGBoost's predictions, because XGBoost has none of that name.
enum PredictionMetric: String, Sendable {
    case accuracy
    case balancedAccuracy = "balanced_accuracy"
    case f1
    case f1Binary = "f1_binary"
    case f1Macro = "f1_macro"
    case precision
    case precisionMacro = "precision_macro"
    case precisionMicro = "precision_micro"
    case recall
    case recallMacro = "recall_macro"
    case recallMicro = "recall_micro"
    case mse
    case r2

    var isMaximized: Bool { self != .mse }

    /// - Parameters:
    ///   - predictions: Shape `[rows, outputs]`, as the objective transforms them.
    ///   - labels: One a row.
    /// - Source: scikit-learn's definitions of the same names; a class that is never predicted has precision 0.
    func value(_ predictions: [Float], _ labels: [Float], isMargin: Bool) -> Double {
        switch self {
        case .mse: return Self.squaredError(predictions, labels) / Double(labels.count)
        case .r2:
            let mean = labels.reduce(0) { $0 + Double($1) } / Double(labels.count)
            let total = labels.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
            return total == 0 ? 0 : 1 - Self.squaredError(predictions, labels) / total
        default: break
        }
        let classes = Self.classes(predictions, rowCount: labels.count, isMargin: isMargin)
        let counts = Counts(classes, labels.map { Int($0) })
        switch self {
        case .accuracy, .precisionMicro, .recallMicro: return counts.accuracy
        case .balancedAccuracy, .recallMacro: return counts.mean(\.recall)
        case .f1Macro: return counts.mean(\.f1)
        case .precisionMacro: return counts.mean(\.precision)
        case .f1Binary: return counts[1].f1
        // The container's word for the positive class of two, and for the mean of more.
        case .f1: return counts.classCount > 2 ? counts.mean(\.f1) : counts[1].f1
        case .precision: return counts.classCount > 2 ? counts.mean(\.precision) : counts[1].precision
        case .recall: return counts.classCount > 2 ? counts.mean(\.recall) : counts[1].recall
        case .mse, .r2: return 0
        }
    }

    private static func squaredError(_ predictions: [Float], _ labels: [Float]) -> Double {
        zip(predictions, labels).reduce(0) { sum, pair in
            let difference = Double(pair.0) - Double(pair.1)
            return sum + difference * difference
        }
    }

    private static func classes(_ predictions: [Float], rowCount: Int, isMargin: Bool) -> [Int] {
        let width = predictions.count / max(rowCount, 1)
        if isMargin { return predictions.map { $0 > 0 ? 1 : 0 } }
        // One output is a probability, or already the class.
        guard width > 1 else { return predictions.map { $0 > 1 ? Int($0) : ($0 > 0.5 ? 1 : 0) } }
        return (0..<rowCount).map { row in
            (0..<width).max { predictions[row * width + $0] < predictions[row * width + $1] } ?? 0
        }
    }

    /// How the predicted classes meet the true ones.
    private struct Counts {
        struct Class {
            var hits = 0
            var predicted = 0
            var actual = 0

            var precision: Double { predicted == 0 ? 0 : Double(hits) / Double(predicted) }
            var recall: Double { actual == 0 ? 0 : Double(hits) / Double(actual) }
            var f1: Double { predicted + actual == 0 ? 0 : 2 * Double(hits) / Double(predicted + actual) }
        }

        private var classes: [Int: Class] = [:]
        private(set) var accuracy = 0.0

        init(_ predicted: [Int], _ actual: [Int]) {
            var hits = 0
            for (guess, truth) in zip(predicted, actual) {
                classes[guess, default: Class()].predicted += 1
                classes[truth, default: Class()].actual += 1
                guard guess == truth else { continue }
                classes[truth]?.hits += 1
                hits += 1
            }
            accuracy = actual.isEmpty ? 0 : Double(hits) / Double(actual.count)
        }

        var classCount: Int { max(classes.count, (classes.keys.max() ?? 0) + 1) }
        subscript(label: Int) -> Class { classes[label] ?? Class() }
        func mean(_ value: (Class) -> Double) -> Double {
            classes.isEmpty ? 0 : classes.values.reduce(0) { $0 + value($1) } / Double(classes.count)
        }
    }
}
