package import Definitions
package import Foundation
import Statistics

extension DatasetProfile {
    package static let fileName = "statistics.json"

    /// Reads `statistics.json`.
    ///
    /// Unknown fields are ignored, because other containers may add some.
    ///
    /// - Throws: ``RoostError`` that names the field that is missing or impossible.
    package init(json: Data) throws(RoostError) {
        let file = try MonitorJSON.decode(StatisticsFile.self, from: json, file: Self.fileName)
        var names: Set<String> = []
        var features: [Feature] = []
        for (index, feature) in file.features.enumerated() {
            let path = "features[\(index)]"
            guard names.insert(feature.name).inserted else {
                throw Self.error("\(path).name", "repeats '\(feature.name.prefix(80))'")
            }
            features.append(try Feature(feature, path))
        }
        guard file.dataset.itemCount >= 0 else {
            throw Self.error("dataset.item_count", "must not be negative")
        }
        self.init(itemCount: file.dataset.itemCount, features: features)
    }

    /// The content of `statistics.json`.
    package func json() throws -> Data {
        try MonitorJSON.encode(
            StatisticsFile(version: 0, dataset: .init(itemCount: itemCount), features: features.map(\.file))
        )
    }

    fileprivate static func error(_ path: String, _ problem: String) -> RoostError {
        RoostError(.invalidInput, "The field '\(path)' of \(fileName) \(problem).", field: path)
    }
}

/// `statistics.json`, with its own words.
private struct StatisticsFile: Codable {
    struct Dataset: Codable {
        var itemCount: Int

        enum CodingKeys: String, CodingKey { case itemCount = "item_count" }
    }

    struct Feature: Codable {
        var name: String
        var inferredType: DatasetProfile.InferredType
        var numbers: Numerical?
        var strings: Strings?

        enum CodingKeys: String, CodingKey {
            case name
            case inferredType = "inferred_type"
            case numbers = "numerical_statistics"
            case strings = "string_statistics"
        }
    }

    struct Common: Codable {
        var present: Int
        var missing: Int

        enum CodingKeys: String, CodingKey {
            case present = "num_present"
            case missing = "num_missing"
        }
    }

    struct Numerical: Codable {
        struct Distribution: Codable { var kll: KLL? }

        struct KLL: Codable {
            var buckets: [DatasetProfile.Bucket]
            var sketch: Sketch?
        }

        struct Sketch: Codable {
            struct Parameters: Codable {
                var c: Double
                var k: Int
            }

            var parameters: Parameters
            var data: [[Double]]
        }

        var common: Common
        var mean: Double?
        var sum: Double?
        var deviation: Double?
        var min: Double?
        var max: Double?
        var distribution: Distribution?

        enum CodingKeys: String, CodingKey {
            case common, mean, sum, min, max, distribution
            case deviation = "std_dev"
        }
    }

    struct Strings: Codable {
        struct Distribution: Codable { var categorical: Categorical? }
        struct Categorical: Codable { var buckets: [Bucket] }

        struct Bucket: Codable {
            var value: String
            var count: Int
        }

        var common: Common
        var distinctCount: Double?
        var distribution: Distribution?

        enum CodingKeys: String, CodingKey {
            case common, distribution
            case distinctCount = "distinct_count"
        }
    }

    var version: Double?
    var dataset: Dataset
    var features: [Feature]
}

extension DatasetProfile.Feature {
    fileprivate init(_ file: StatisticsFile.Feature, _ path: String) throws(RoostError) {
        let isNumeric = file.inferredType.isNumeric
        let part = "\(path).\(isNumeric ? "numerical" : "string")_statistics"
        guard let common = isNumeric ? file.numbers?.common : file.strings?.common else {
            throw DatasetProfile.error(part, "is missing")
        }
        guard common.present >= 0, common.missing >= 0 else {
            throw DatasetProfile.error("\(part).common", "must not have negative counts")
        }
        var types = DatasetProfile.TypeCounts()
        switch file.inferredType {
        case .integral: types.integral = common.present
        case .fractional: types.fractional = common.present
        case .string: types.string = common.present
        case .unknown: break
        }
        self.init(
            name: file.name,
            inferredType: file.inferredType,
            present: common.present,
            missing: common.missing,
            types: types
        )
        if isNumeric {
            numbers = try file.numbers.map { numbers throws(RoostError) in try .init(numbers, part) }
        } else {
            strings = try file.strings.map { strings throws(RoostError) in try .init(strings, part) }
        }
    }

    fileprivate var file: StatisticsFile.Feature {
        let common = StatisticsFile.Common(present: present, missing: missing)
        var file = StatisticsFile.Feature(name: name, inferredType: inferredType)
        if inferredType.isNumeric {
            file.numbers = StatisticsFile.Numerical(
                common: common,
                mean: numbers?.mean,
                sum: numbers?.sum,
                deviation: numbers?.standardDeviation,
                min: numbers?.minimum,
                max: numbers?.maximum,
                distribution: .init(kll: numbers?.file)
            )
        } else {
            file.strings = StatisticsFile.Strings(
                common: common,
                distinctCount: strings?.distinctCount ?? 0,
                distribution: .init(categorical: .init(buckets: strings?.buckets ?? []))
            )
        }
        return file
    }
}

extension DatasetProfile.Numbers {
    fileprivate init(_ file: StatisticsFile.Numerical, _ path: String) throws(RoostError) {
        let kll = file.distribution?.kll
        guard kll?.buckets.allSatisfy({ $0.count >= 0 }) ?? true else {
            throw DatasetProfile.error("\(path).distribution.kll.buckets", "must not have negative counts")
        }
        var sketch: KLLSketch?
        if let file = kll?.sketch {
            sketch = KLLSketch(compactors: file.data, k: file.parameters.k, c: file.parameters.c)
            guard sketch != nil else {
                throw DatasetProfile.error("\(path).distribution.kll.sketch", "is not a valid sketch")
            }
        }
        self.init(
            mean: file.mean,
            sum: file.sum,
            standardDeviation: file.deviation,
            minimum: file.min,
            maximum: file.max,
            buckets: kll?.buckets ?? [],
            sketch: sketch
        )
    }

    fileprivate var file: StatisticsFile.Numerical.KLL {
        .init(
            buckets: buckets,
            sketch: sketch.map { .init(parameters: .init(c: $0.c, k: $0.k), data: $0.compactors) }
        )
    }
}

extension DatasetProfile.Strings {
    fileprivate init(_ file: StatisticsFile.Strings, _ path: String) throws(RoostError) {
        var counts: [String: Int] = [:]
        var rest = Int.max
        for bucket in file.distribution?.categorical?.buckets ?? [] {
            guard bucket.count >= 0, bucket.count <= rest else {
                throw DatasetProfile.error(
                    "\(path).distribution.categorical.buckets",
                    "must not have negative or impossible counts"
                )
            }
            rest -= bucket.count
            counts[bucket.value, default: 0] += bucket.count
        }
        let distinctCount = file.distinctCount ?? Double(counts.count)
        guard distinctCount >= 0 else { throw DatasetProfile.error("\(path).distinct_count", "must not be negative") }
        self.init(distinctCount: distinctCount, counts: counts)
    }

    /// The most frequent first.
    fileprivate var buckets: [StatisticsFile.Strings.Bucket] {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { .init(value: $0.key, count: $0.value) }
    }
}
