import Foundation
package import Runtimes

/// Finds `k` cluster centers with Lloyd's algorithm, by default from centers that k-means++ chooses.
///
/// - Source: Arthur and Vassilvitskii, *k-means++: The Advantages of Careful Seeding*, 2007.
package struct KMeans {
    package enum Initialization: String, Sendable {
        case random
        case plusPlus = "kmeans++"
    }

    package var centerCount: Int
    package var initialization = Initialization.plusPlus
    /// The maximum number of rounds of Lloyd's algorithm.
    package var maxRounds = 300
    /// The algorithm ends when a round reduces the mean squared distance by less than this fraction.
    package var tolerance = 1e-4
    /// The number of tries, of which the best is kept.
    package var tryCount = 3
    package var seed: UInt64 = 0

    package init(centerCount: Int) { self.centerCount = centerCount }

    /// - Parameter rows: Shape `[rows, columns]`, with at least as many rows as centers.
    package func fit(_ rows: [Float], columnCount: Int) -> (model: KMeansParameters, meanSquaredDistance: Double) {
        var generator = SplitMix(seed: seed)
        var best: (model: KMeansParameters, meanSquaredDistance: Double)?
        for _ in 0..<max(tryCount, 1) {
            let found = rows.withUnsafeBufferPointer { rows in
                lloyd(rows, columnCount, from: start(rows, columnCount, &generator))
            }
            if best.map({ found.meanSquaredDistance < $0.meanSquaredDistance }) ?? true { best = found }
        }
        return best ?? (KMeansParameters(featureCount: columnCount, centers: []), .nan)
    }

    // MARK: Initialization

    private func start(_ rows: UnsafeBufferPointer<Float>, _ width: Int, _ generator: inout SplitMix) -> [Float] {
        let rowCount = rows.count / width
        var centers: [Float] = []
        centers.reserveCapacity(centerCount * width)
        func take(_ row: Int) { centers.append(contentsOf: rows[row * width..<(row + 1) * width]) }
        if initialization == .random {
            var order = Array(0..<rowCount)
            for index in 0..<centerCount {
                order.swapAt(index, Int.random(in: index..<rowCount, using: &generator))
                take(order[index])
            }
            return centers
        }
        take(Int.random(in: 0..<rowCount, using: &generator))
        // The squared distance of each row to its nearest center so far. The row's chance to be the next is proportional.
        var distances = [Double](repeating: .infinity, count: rowCount)
        for index in 1..<max(centerCount, 1) {
            var total = 0.0
            for row in 0..<rowCount {
                var sum: Float = 0
                for column in 0..<width {
                    let difference = rows[row * width + column] - centers[(index - 1) * width + column]
                    sum += difference * difference
                }
                distances[row] = min(distances[row], Double(sum))
                total += distances[row]
            }
            var target = Double.random(in: 0..<1, using: &generator) * total
            var chosen = rowCount - 1
            for row in 0..<rowCount {
                target -= distances[row]
                if target < 0 {
                    chosen = row
                    break
                }
            }
            take(chosen)
        }
        return centers
    }

    // MARK: Rounds

    private func lloyd(
        _ rows: UnsafeBufferPointer<Float>,
        _ width: Int,
        from centers: [Float]
    ) -> (model: KMeansParameters, meanSquaredDistance: Double) {
        var model = KMeansParameters(featureCount: width, centers: centers)
        let rowCount = rows.count / width
        guard let base = rows.baseAddress else { return (model, .nan) }
        var last = Double.infinity
        for _ in 0..<maxRounds {
            var sums = [Double](repeating: 0, count: centerCount * width)
            var counts = [Int](repeating: 0, count: centerCount)
            var total = 0.0
            for row in 0..<rowCount {
                let nearest = model.nearest(to: base + row * width)
                total += Double(nearest.squaredDistance)
                counts[nearest.index] += 1
                for column in 0..<width { sums[nearest.index * width + column] += Double(base[row * width + column]) }
            }
            let mean = total / Double(rowCount)
            guard last - mean > tolerance * mean else { return (model, mean) }
            last = mean
            // A center that is nearest to no row does not move.
            for index in 0..<centerCount where counts[index] > 0 {
                for column in 0..<width {
                    model.centers[index * width + column] = Float(sums[index * width + column] / Double(counts[index]))
                }
            }
        }
        return (model, Self.meanSquaredDistance(of: rows, width, to: model))
    }

    /// Returns the mean of the squared distances between rows and their centers.
    package static func meanSquaredDistance(
        of rows: UnsafeBufferPointer<Float>,
        _ width: Int,
        to model: KMeansParameters
    ) -> Double {
        guard let base = rows.baseAddress else { return .nan }
        let rowCount = rows.count / width
        let total = (0..<rowCount).reduce(0.0) { $0 + Double(model.nearest(to: base + $1 * width).squaredDistance) }
        return total / Double(rowCount)
    }
}

/// A small seeded generator: the same seed gives the same numbers on every machine.
///
/// - Source: Steele, Lea and Flood, *Fast Splittable Pseudorandom Number Generators*, 2014.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Returns a number from the standard normal distribution (Box–Muller).
    mutating func normal() -> Double {
        let u = Double.random(in: .leastNonzeroMagnitude..<1, using: &self)
        return (-2 * log(u)).squareRoot() * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
    }
}
