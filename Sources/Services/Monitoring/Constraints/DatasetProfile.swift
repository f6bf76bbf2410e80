package import Statistics

/// What the columns of a dataset hold: `statistics.json` of SageMaker Model Monitor.
package struct DatasetProfile: Equatable, Sendable {
    /// The type of a column. A column with one string is one of strings.
    package enum InferredType: String, CaseIterable, Codable, Sendable {
        case integral = "Integral"
        case fractional = "Fractional"
        case string = "String"
        /// The column has no values.
        case unknown = "Unknown"

        var isNumeric: Bool { self == .integral || self == .fractional }
    }

    /// A column.
    package struct Feature: Equatable, Sendable {
        package var name: String
        package var inferredType: InferredType
        /// The numbers of rows with and without a value.
        package var present: Int
        package var missing: Int
        /// What the values are. A file has only the inferred type, so all values of a profile from one are of that type.
        package var types: TypeCounts
        /// About the values that are numbers; `nil` if there are none.
        package var numbers: Numbers?
        /// About the values as strings; `nil` unless some are.
        package var strings: Strings?

        /// The share of rows with a value. `nil` without rows.
        package var completeness: Double? {
            let rows = Double(present) + Double(missing)
            return rows > 0 ? Double(present) / rows : nil
        }
    }

    /// How many values are of each type.
    package struct TypeCounts: Equatable, Sendable {
        package var integral = 0
        package var fractional = 0
        package var string = 0
    }

    package struct Numbers: Equatable, Sendable {
        /// `nil` if it overflows.
        package var mean: Double?
        package var sum: Double?
        /// With divisor n.
        package var standardDeviation: Double?
        package var minimum: Double?
        package var maximum: Double?
        /// Ten intervals of one width from the minimum to the maximum.
        package var buckets: [Bucket]
        /// `nil` if the file has none.
        package var sketch: KLLSketch?
    }

    package struct Bucket: Codable, Equatable, Sendable {
        package var lowerBound: Double
        package var upperBound: Double
        package var count: Int

        enum CodingKeys: String, CodingKey {
            case lowerBound = "lower_bound"
            case upperBound = "upper_bound"
            case count
        }
    }

    package struct Strings: Equatable, Sendable {
        /// An estimate if there are many.
        package var distinctCount: Double
        /// How often each value occurs. Of a column with many values, only some have a count, or none.
        package var counts: [String: Int]
    }

    /// The number of rows.
    package var itemCount: Int
    package var features: [Feature]

    package init(itemCount: Int, features: [Feature]) {
        self.itemCount = itemCount
        self.features = features
    }
}
