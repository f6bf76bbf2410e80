import Foundation

/// Minimizes a linear problem's loss.
struct LinearDescent {
    let given: Hyperparameters

    /// - Returns: The best point.
    func run(_ problem: LinearProblem, validation: LinearProblem?) -> [Double] {
        switch given["optimizer"] ?? "auto" {
        case "auto": whole(problem, validation)
        case let name: inBatches(problem, validation, optimizer: name)
        }
    }

    private func report(_ epoch: Int, _ train: Double, _ validation: Double?) {
        LearningLog.quality("train", "objective_loss", train, epoch: epoch)
        if let validation { LearningLog.quality("validation", "objective_loss", validation, epoch: epoch) }
    }

    private func whole(_ problem: LinearProblem, _ validation: LinearProblem?) -> [Double] {
        var minimizer = Minimizer()
        if let epochs = given.integer("epochs") { minimizer.maxIterations = epochs }
        if let penalty = given.number("l1"), penalty > 0 {
            let weightCount = problem.outputCount * problem.featureCount
            minimizer.magnitudePenalties =
                [Double](repeating: penalty, count: weightCount) + [Double](repeating: 0, count: problem.outputCount)
        }
        return minimizer.minimum(
            from: [Double](repeating: 0, count: problem.size),
            of: { problem.loss(at: $0) },
            onIteration: { iteration, point, value in
                report(iteration, value, validation?.loss(at: point).value)
                return !Termination.isRequested
            }
        )
    }

    private func inBatches(_ problem: LinearProblem, _ validation: LinearProblem?, optimizer: String) -> [Double] {
        var point = [Double](repeating: 0, count: problem.size)
        var steps = AdaptiveSteps(optimizer, size: point.count, given)
        let rate = given.number("learning_rate") ?? (optimizer == "sgd" ? 0.1 : 0.01)
        let biasRate = rate * (given.number("bias_lr_mult") ?? (optimizer == "sgd" ? 1 : 10))
        let penalty = given.number("l1") ?? 0
        let batchSize = min(given.integer("mini_batch_size") ?? 1000, problem.data.rowCount)
        let weightCount = problem.outputCount * problem.featureCount
        var random = SplitMix(seed: 1)
        var order = Array(0..<problem.data.rowCount)
        var best = (loss: Double.infinity, point: point, epoch: 0)
        let patience = given.integer("early_stopping_patience") ?? 3
        let tolerance = given.number("early_stopping_tolerance") ?? 0.001
        for epoch in 0..<(given.integer("epochs") ?? 15) {
            order.shuffle(using: &random)
            var start = 0
            while start < order.count {
                let end = min(start + batchSize, order.count)
                let (_, gradient) = problem.loss(at: point, rows: Array(order[start..<end]))
                let step = steps.next(gradient)
                for index in point.indices { point[index] -= (index < weightCount ? rate : biasRate) * step[index] }
                if penalty > 0 {
                    for index in 0..<weightCount {
                        let size = max(0, point[index].magnitude - rate * penalty)
                        point[index] = point[index] < 0 ? -size : size
                    }
                }
                start = end
            }
            let train = problem.loss(at: point).value
            let judged = validation?.loss(at: point).value
            report(epoch, train, judged)
            let loss = judged ?? train
            if loss < best.loss {
                let isClear = best.loss.isInfinite || loss < best.loss * (1 - tolerance)
                best = (loss, point, isClear ? epoch : best.epoch)
            }
            if Termination.isRequested || epoch - best.epoch >= patience { break }
        }
        return best.loss.isInfinite ? point : best.point
    }
}

/// Computes steps from the current and earlier gradients.
struct AdaptiveSteps {
    private let optimizer: String
    private let beta1: Double
    private let beta2: Double
    private let momentum: Double
    private var first: [Double]
    private var second: [Double]
    private var count = 0

    init(_ optimizer: String, size: Int, _ given: Hyperparameters) {
        self.optimizer = optimizer
        beta1 = given.number("beta_1") ?? 0.9
        beta2 = given.number("beta_2") ?? 0.999
        momentum = given.number("momentum") ?? 0.9
        first = [Double](repeating: 0, count: size)
        second = first
    }

    /// Returns the step for a gradient, to be scaled by the learning rate.
    mutating func next(_ gradient: [Double]) -> [Double] {
        count += 1
        var step = gradient
        for index in gradient.indices {
            let slope = gradient[index]
            switch optimizer {
            case "sgd":
                first[index] = momentum * first[index] + slope
                step[index] = first[index]
            case "rmsprop":
                second[index] = beta2 * second[index] + (1 - beta2) * slope * slope
                step[index] = slope / (second[index].squareRoot() + 1e-8)
            default:
                first[index] = beta1 * first[index] + (1 - beta1) * slope
                second[index] = beta2 * second[index] + (1 - beta2) * slope * slope
                let mean = first[index] / (1 - pow(beta1, Double(count)))
                step[index] = mean / ((second[index] / (1 - pow(beta2, Double(count)))).squareRoot() + 1e-8)
            }
        }
        return step
    }
}
