import Encodings
import Statistics

/// Takes the fields of a column one after the other, and describes them. Its size is bounded, whatever they are.
struct ColumnAccumulator {
    /// Of how many different values each is counted.
    static let maxCategories = 1000
    /// Longer values are not counted each.
    static let maxCategoryLength = 128
    static let bucketCount = 10

    let name: String
    private var types = DatasetProfile.TypeCounts()
    private var moments = Moments()
    private var sum = 0.0
    private var range: (minimum: Double, maximum: Double)?
    private var sketch = KLLSketch()
    private var categories: [String: Int] = [:]
    /// Counts the different values as soon as there are too many to count each.
    private var distinct: DistinctCount?

    init(name: String) { self.name = name }

    mutating func add(_ field: DatasetField) {
        switch field.content {
        case .missing: return
        case .integral(let number):
            types.integral += 1
            add(number)
        case .fractional(let number):
            types.fractional += 1
            add(number)
        case .string: types.string += 1
        }
        addCategory(field.category)
    }

    private mutating func add(_ number: Double) {
        moments.add(number)
        sum += number
        range = range.map { (min($0.minimum, number), max($0.maximum, number)) } ?? (number, number)
        sketch.add(number)
    }

    private mutating func addCategory(_ category: String) {
        let isShort = category.utf8.count <= Self.maxCategoryLength
        if isShort, categories[category] != nil || distinct == nil && categories.count < Self.maxCategories {
            categories[category, default: 0] += 1
            return
        }
        if distinct == nil {
            var count = DistinctCount()
            for known in categories.keys { count.add(hash: StableHash.hash(known)) }
            distinct = count
            // Categories of numbers are only of use if there are few.
            if types.string == 0 { categories = [:] }
        }
        distinct?.add(hash: StableHash.hash(category))
    }

    /// Describes the column.
    ///
    /// - Parameter rows: The number of rows. Those without a value are missing.
    func feature(rows: Int) -> DatasetProfile.Feature {
        let present = types.integral + types.fractional + types.string
        let type: DatasetProfile.InferredType =
            present == 0 ? .unknown : types.string > 0 ? .string : types.fractional > 0 ? .fractional : .integral
        return DatasetProfile.Feature(
            name: name,
            inferredType: type,
            present: present,
            missing: max(0, rows - present),
            types: types,
            numbers: numbers,
            strings: present > 0
                ? .init(distinctCount: distinct?.estimate.rounded() ?? Double(categories.count), counts: categories)
                : nil
        )
    }

    private var numbers: DatasetProfile.Numbers? {
        guard let range else { return nil }
        return DatasetProfile.Numbers(
            mean: moments.mean,
            sum: sum.isFinite ? sum : nil,
            standardDeviation: moments.populationDeviation,
            minimum: range.minimum,
            maximum: range.maximum,
            buckets: buckets(range),
            sketch: sketch
        )
    }

    private func buckets(_ range: (minimum: Double, maximum: Double)) -> [DatasetProfile.Bucket] {
        let edges = (0...Self.bucketCount).map { index in
            index == Self.bucketCount
                ? range.maximum
                : between(range.minimum, range.maximum, Double(index) / Double(Self.bucketCount))
        }
        return zip(edges, edges.dropFirst()).enumerated().map { index, bounds in
            let isLast = index + 1 == Self.bucketCount
            let upTo = isLast ? sketch.countUpTo(bounds.1) : sketch.countBelow(bounds.1)
            return DatasetProfile.Bucket(
                lowerBound: bounds.0,
                upperBound: bounds.1,
                count: max(0, upTo - sketch.countBelow(bounds.0))
            )
        }
    }
}
