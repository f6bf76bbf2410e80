import Foundation

/// The trees of an XGBoost model, laid out for fast prediction of a few rows.
///
/// The library has a fixed overhead per prediction, which is many times the cost of one row of a typical model. A forest
/// predicts the same as the library, bit for bit; whoever makes one verifies that with ``agrees(with:)``.
struct Forest: Sendable {
    /// One node, in 12 bytes: five of them fit in a cache line.
    struct Node: Sendable {
        /// The threshold of the feature: smaller values go left. In a leaf, the leaf's value.
        var value: Float
        /// The index of the feature; if the highest bit is set, a missing value goes left.
        var feature: UInt32
        /// The index of the left child, which the right one follows; 0 for a leaf.
        var left: UInt32

        static let missingGoesLeft: UInt32 = 1 << 31
    }

    /// How the sums of leaves become predictions.
    enum Link: Sendable {
        case identity, logistic, exponential, softmax, largest
    }

    private struct Tree: Sendable {
        let root: UInt32
        let group: Int
    }

    /// The number of rows that go through a tree while it is in the cache.
    private static let blockRowCount = 64

    /// Values per row.
    let featureCount: Int
    /// Sums per row: one, or one per class.
    let groupCount: Int
    private let link: Link
    /// One per group.
    private let base: [Float]
    /// Whether the base is the first summand or the last: versions of XGBoost differ.
    var beginsWithBase = true
    private let trees: [Tree]
    private let nodes: [Node]

    /// Predicted values per row.
    var outputCount: Int { link == .largest ? 1 : groupCount }

    /// Predicts rows.
    ///
    /// - Parameters:
    ///   - rows: `[rowCount, featureCount]`, NaN for a missing value.
    ///   - results: Space for `[rowCount, outputCount]`.
    func predict(_ rows: UnsafePointer<Float>, rowCount: Int, _ results: UnsafeMutablePointer<Float>) {
        let sumCount = min(rowCount, Self.blockRowCount) * groupCount
        withUnsafeTemporaryAllocation(of: Float.self, capacity: sumCount) { sums in
            for start in stride(from: 0, to: rowCount, by: Self.blockRowCount) {
                let count = min(Self.blockRowCount, rowCount - start)
                for index in sums.indices { sums[index] = beginsWithBase ? base[index % groupCount] : 0 }
                add(rows + start * featureCount, count, sums)
                if !beginsWithBase { for index in sums.indices { sums[index] += base[index % groupCount] } }
                for row in 0..<count {
                    let sum = UnsafeMutableBufferPointer(rebasing: sums[row * groupCount..<(row + 1) * groupCount])
                    finish(sum, results + (start + row) * outputCount)
                }
            }
        }
    }

    /// Adds each tree's leaf to the sum of its group, in the order of the trees, on which 32-bit sums depend.
    private func add(_ rows: UnsafePointer<Float>, _ rowCount: Int, _ sums: UnsafeMutableBufferPointer<Float>) {
        nodes.withUnsafeBufferPointer { nodes in
            for tree in trees {
                for row in 0..<rowCount {
                    let features = rows + row * featureCount
                    var node = nodes[Int(tree.root)]
                    while node.left != 0 {
                        let value = features[Int(node.feature & ~Node.missingGoesLeft)]
                        let goesLeft = value.isNaN ? node.feature >= Node.missingGoesLeft : value < node.value
                        node = nodes[Int(node.left) + (goesLeft ? 0 : 1)]
                    }
                    sums[row * groupCount + tree.group] += node.value
                }
            }
        }
    }

    /// Applies the objective's function to the sums, in XGBoost's order of operations.
    private func finish(_ sums: UnsafeMutableBufferPointer<Float>, _ result: UnsafeMutablePointer<Float>) {
        switch link {
        case .identity: for group in sums.indices { result[group] = sums[group] }
        case .logistic: for group in sums.indices { result[group] = 1 / (expf(min(-sums[group], 88.7)) + 1 + 1e-16) }
        case .exponential: for group in sums.indices { result[group] = expf(sums[group]) }
        case .largest:
            var largest = 0
            for group in sums.indices where sums[group] > sums[largest] { largest = group }
            result[0] = Float(largest)
        case .softmax:
            let largest = sums.reduce(-.infinity) { max($0, $1) }
            var total = 0.0
            for group in sums.indices {
                result[group] = expf(sums[group] - largest)
                total += Double(result[group])
            }
            for group in sums.indices { result[group] /= Float(total) }
        }
    }
}

extension Forest {
    /// Lays out the trees of a model. Returns `nil` for a model that only the library predicts: one with categories, vectors
    /// as leaves, weighted trees, a linear booster or an unknown objective.
    ///
    /// - Parameter file: The model in XGBoost's JSON format.
    init?(_ file: XGBoostFile) {
        let learner = file.learner
        let booster = learner.gradient_booster
        let numbers = learner.learner_model_param
        guard booster.name == "gbtree", let model = booster.model, numbers.num_target ?? "1" == "1",
            let features = Int(numbers.num_feature), features < Int(Node.missingGoesLeft),
            let classes = Int(numbers.num_class),
            let (link, margin) = Self.link(of: learner.objective.name),
            model.trees.count == model.tree_info.count
        else { return nil }
        featureCount = features
        groupCount = max(classes, 1)
        self.link = link
        // A list since 3.1: one element, or one per class.
        let scores = numbers.base_score.trimmingCharacters(in: ["[", "]"]).split(separator: ",").map {
            Float($0) ?? .nan
        }
        guard scores.count == 1 || scores.count == groupCount else { return nil }
        base = (0..<groupCount).map { margin(scores[$0 % scores.count]) }
        var trees: [Tree] = []
        var nodes: [Node] = []
        for (tree, group) in zip(model.trees, model.tree_info) {
            guard (0..<groupCount).contains(group) else { return nil }
            trees.append(Tree(root: UInt32(nodes.count), group: group))
            guard tree.append(to: &nodes, featureCount: features) else { return nil }
        }
        self.trees = trees
        self.nodes = nodes
    }

    /// Returns an objective's link, and the function that turns its base score into a sum.
    private static func link(of objective: String) -> (Link, margin: (Float) -> Float)? {
        switch objective {
        case "reg:squarederror", "reg:squaredlogerror", "reg:pseudohubererror", "reg:absoluteerror",
            "reg:quantileerror",
            "rank:pairwise", "rank:ndcg", "rank:map", "binary:logitraw":
            (.identity, { $0 })
        case "binary:logistic", "reg:logistic": (.logistic, { -logf(1 / $0 - 1) })
        case "count:poisson", "reg:gamma", "reg:tweedie": (.exponential, { logf($0) })
        case "multi:softprob": (.softmax, { $0 })
        case "multi:softmax": (.largest, { $0 })
        default: nil
        }
    }

    /// Returns whether the library predicts the same bits for rows at and around the thresholds of these trees.
    ///
    /// - Parameter predict: The library's prediction of `[rowCount, featureCount]`.
    func agrees(with predict: (_ rows: [Float], _ rowCount: Int) -> [Float]?) -> Bool {
        // Fewer rows for a model with many features: no more than 16 MiB, but at least 4 rows.
        let rowCount = min(2 * Self.blockRowCount - 1, max(4, (4 << 20) / max(featureCount, 1)))
        // Only of the features that are used: a small file may claim to have many.
        var branches: [Int: [Float]] = [:]
        for node in nodes where node.left != 0 {
            branches[Int(node.feature & ~Node.missingGoesLeft), default: [0, 1]].append(node.value)
        }
        // A constant seed, so that a model is served the same way on each load.
        var generator = LinearCongruence(state: 7)
        var rows: [Float] = []
        rows.reserveCapacity(rowCount * featureCount)
        for _ in 0..<rowCount {
            for feature in 0..<featureCount {
                let values = branches[feature] ?? [0, 1]
                let value = values[generator.next(below: values.count)]
                let choices = [value, value.nextDown, value.nextUp, value * 2, -value, .nan, .infinity]
                rows.append(choices[generator.next(below: choices.count)])
            }
        }
        guard let expected = predict(rows, rowCount), expected.count == rowCount * outputCount else { return false }
        var found = [Float](repeating: 0, count: expected.count)
        rows.withUnsafeBufferPointer { rows in
            found.withUnsafeMutableBufferPointer { found in
                guard let rows = rows.baseAddress, let found = found.baseAddress else { return }
                self.predict(rows, rowCount: rowCount, found)
            }
        }
        return zip(found, expected).allSatisfy { $0.bitPattern == $1.bitPattern }
    }
}

/// A pseudorandom generator for choosing probes; the constants are Knuth's for MMIX.
private struct LinearCongruence {
    var state: UInt64

    mutating func next(below limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(limit))
    }
}
