import Definitions
import Foundation
import Statistics
import Testing

@testable import Monitoring

@Suite struct DatasetProfileTests {
    private static func text(_ values: String...) -> [DatasetField] { values.map { .text($0) } }

    /// Part of a file that SageMaker wrote, with the numbers as it writes them.
    private static let fromSageMaker = """
        {"version": 0.0, "dataset": {"item_count": 4.0}, "features": [
          {"name": "Day Mins", "inferred_type": "Fractional", "numerical_statistics": {
            "common": {"num_present": 4, "num_missing": 0},
            "mean": 2.5, "sum": 10.0, "std_dev": 1.118033988749895, "min": 1.0, "max": 4.0,
            "distribution": {"kll": {
              "buckets": [{"lower_bound": 1.0, "upper_bound": 4.0, "count": 4.0}],
              "sketch": {"parameters": {"c": 0.64, "k": 2048.0}, "data": [[1.0, 2.0, 3.0, 4.0]]}}}}},
          {"name": "State", "inferred_type": "String", "string_statistics": {
            "common": {"num_present": 3, "num_missing": 1}, "distinct_count": 2.0,
            "distribution": {"categorical": {"buckets": [{"value": "OH", "count": 2}, {"value": "NY", "count": 1}]}}}}
        ]}
        """

    @Test("numbers are described as NumPy does")
    func numbers() throws {
        let profile = try DatasetProfile(columns: [("age", Self.text("31", "45", "", "27.5", "1e2", " 8 "))])
        #expect(profile.itemCount == 6)
        let age = try #require(profile.features.first)
        #expect(age.inferredType == .fractional)
        #expect(age.types == .init(integral: 3, fractional: 2))
        #expect((age.present, age.missing) == (5, 1))
        let numbers = try #require(age.numbers)
        #expect(numbers.sum == 211.5)
        #expect((numbers.minimum, numbers.maximum) == (8, 100))
        // numpy.mean and numpy.std
        #expect(((numbers.mean ?? 0) - 42.3).magnitude < 1e-12)
        #expect(((numbers.standardDeviation ?? 0) - 31.17627302934076).magnitude < 1e-8)
        #expect(numbers.buckets.map(\.count) == [1, 0, 2, 0, 1, 0, 0, 0, 0, 1])
        #expect(numbers.buckets.first?.lowerBound == 8 && numbers.buckets.last?.upperBound == 100)
        #expect(numbers.sketch?.compactors == [[31, 45, 27.5, 100, 8]])
    }

    @Test(
        "the type of a field is that of deequ",
        arguments: [
            ("1", DatasetProfile.InferredType.integral), ("-17", .integral), ("+3", .integral), ("1.0", .fractional),
            ("-.5", .fractional), ("3.", .fractional), ("1e-3", .fractional), ("2E5", .fractional), ("", .unknown),
            ("  ", .unknown), ("NaN", .unknown), ("nan", .unknown), ("true", .string), ("1,5", .string),
            ("0x1F", .string),
            ("inf", .string), ("-", .string), (".", .string), ("1e", .string), ("e5", .string), ("1 2", .string),
            ("1e999", .string), ("２", .string), ("--1", .string),
        ]
    )
    func types(_ text: String, _ type: DatasetProfile.InferredType) throws {
        #expect(try DatasetProfile(columns: [("x", [.text(text)])]).features.first?.inferredType == type)
    }

    @Test("numbers of JSON are whole or not, and an infinite one counts as a string")
    func jsonNumbers() throws {
        func type(_ number: Double) throws -> DatasetProfile.InferredType? {
            try DatasetProfile(columns: [("x", [.number(number)])]).features.first?.inferredType
        }
        #expect(try type(3) == .integral)
        #expect(try type(1e300) == .integral)
        #expect(try type(3.5) == .fractional)
        #expect(try type(.nan) == .unknown)
        #expect(try type(.infinity) == .string)
    }

    @Test("one string makes a column one of strings, whose values are counted")
    func strings() throws {
        let profile = try DatasetProfile(columns: [("plan", Self.text("no", "yes", "no", "", "7"))])
        let plan = try #require(profile.features.first)
        #expect(plan.inferredType == .string)
        #expect(plan.types == .init(integral: 1, string: 3))
        #expect(plan.strings == .init(distinctCount: 3, counts: ["no": 2, "yes": 1, "7": 1]))
        #expect(plan.completeness == 0.8)
    }

    @Test("the memory of a column is bounded, however many values it has")
    func manyValues() throws {
        var profiler = try DatasetProfiler(columns: ["id", "x"])
        for row in 0..<30_000 { try profiler.add([.text("user-\(row)"), .number(Double(row))]) }
        let id = try #require(profiler.profile.features.first)
        #expect(id.present == 30_000)
        #expect(id.strings?.counts.count == 1000)
        #expect((id.strings?.distinctCount ?? 0) > 28_500 && (id.strings?.distinctCount ?? 0) < 31_500)
        let x = try #require(profiler.profile.features.last)
        #expect(x.strings?.counts.isEmpty == true)
        #expect((x.numbers?.sketch?.compactors.reduce(0) { $0 + $1.count } ?? 0) < 6000)
        #expect(x.numbers?.buckets.reduce(0) { $0 + $1.count } == 30_000)
        #expect(x.numbers?.buckets.allSatisfy { ($0.count - 3000).magnitude < 200 } == true)
        let long = try DatasetProfile(columns: [("x", [.text(String(repeating: "a", count: 1000))])])
        #expect(long.features.first?.strings == .init(distinctCount: 1, counts: [:]))
    }

    @Test("rows may have fields in any order, new ones, and none")
    func rows() throws {
        var profiler = DatasetProfiler()
        try profiler.add(named: [("a", .number(1)), ("b", .text("x"))])
        try profiler.add(named: [("b", .text("y")), ("c", .missing), ("b", .text("z"))])
        try profiler.add(named: [])
        let profile = profiler.profile
        #expect(profile.features.map(\.name) == ["a", "b", "c"])
        #expect(profile.features.map(\.present) == [1, 2, 0])
        #expect(profile.features.map(\.missing) == [2, 1, 3])
        #expect(profile.features.map(\.inferredType) == [.integral, .string, .unknown])
    }

    @Test("columns without a name have Spark's")
    func unnamed() throws {
        var profiler = DatasetProfiler()
        try profiler.add(Self.text("1", "2"))
        try profiler.add(Self.text("3"))
        #expect(profiler.profile.features.map(\.name) == ["_c0", "_c1"])
        #expect(profiler.profile.features.map(\.missing) == [0, 1])
    }

    @Test("too many columns, and two with one name, are refused")
    func columns() throws {
        #expect(throws: RoostError.self) { try DatasetProfiler(columns: ["a", "a"]) }
        var profiler = DatasetProfiler()
        #expect(throws: RoostError.self) {
            try profiler.add([DatasetField](repeating: .number(1), count: DatasetProfiler.maxColumns + 1))
        }
    }

    @Test("numbers at the end of the range do not trap, and what overflows is left out")
    func extremes() throws {
        let largest = Double.greatestFiniteMagnitude
        let profile = try DatasetProfile(columns: [("x", [.number(largest), .number(largest), .number(-largest)])])
        let numbers = try #require(profile.features.first?.numbers)
        #expect(numbers.standardDeviation == nil)
        #expect(numbers.buckets.reduce(0) { $0 + $1.count } == 3)
        #expect(try DatasetProfile(json: profile.json()).itemCount == 3)
        let constant = try DatasetProfile(columns: [("x", [.number(0.1), .number(0.1)])])
        #expect(constant.features.first?.numbers?.buckets.map(\.count) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 2])
    }

    @Test("what was written is read again")
    func roundTrip() throws {
        let profile = try DatasetProfile(columns: [
            ("age", Self.text("31", "45", "")), ("rate", Self.text("0.5", "1e3", "2")),
            ("plan", Self.text("no", "yes", "no")), ("empty", Self.text("", "", "")),
        ])
        let json = try profile.json()
        let again = try DatasetProfile(json: json)
        #expect(try again.json() == json)
        #expect(again.features.map(\.inferredType) == [.integral, .fractional, .string, .unknown])
        #expect(again.features[1].types == .init(fractional: 3))
        #expect(again.features[0].numbers == profile.features[0].numbers)
        #expect(again.features[2].strings == profile.features[2].strings)
    }

    @Test("a file of SageMaker is read")
    func sageMaker() throws {
        let profile = try DatasetProfile(json: Data(Self.fromSageMaker.utf8))
        #expect(profile.itemCount == 4)
        #expect(profile.features[0].numbers?.sketch?.count == 4)
        #expect(profile.features[1].strings == .init(distinctCount: 2, counts: ["OH": 2, "NY": 1]))
    }

    @Test(
        "an impossible file is refused with the name of the field",
        arguments: [
            ("4.0}, \"features\"", "-1}, \"features\"", "dataset.item_count"),
            ("\"num_present\": 4", "\"num_present\": -4", "features[0].numerical_statistics.common"),
            ("\"num_present\": 4", "\"num_present\": 1.5", "statistics.json"),
            ("\"State\"", "\"Day Mins\"", "features[1].name"),
            ("\"Fractional\"", "\"Float\"", "features[0].inferred_type"),
            ("\"String\"", "\"Integral\"", "features[1].numerical_statistics"),
            ("4.0]]", "4.0], \"x\"]", "features[0].numerical_statistics.distribution.kll.sketch.data[1]"),
            ("2048.0", "1", "features[0].numerical_statistics.distribution.kll.sketch"),
            ("\"count\": 4.0", "\"count\": -4", "features[0].numerical_statistics.distribution.kll.buckets"),
            ("\"count\": 1}", "\"count\": -1}", "features[1].string_statistics.distribution.categorical.buckets"),
            (
                "\"count\": 1}", "\"count\": 9223372036854775807}",
                "features[1].string_statistics.distribution.categorical.buckets"
            ),
            ("\"features\"", "\"columns\"", "features"), ("{\"version\"", "[\"version\"", "statistics.json"),
        ]
    )
    func impossible(_ part: String, _ replacement: String, _ field: String) throws {
        let file = Self.fromSageMaker.replacing(part, with: replacement, maxReplacements: 1)
        #expect(file != Self.fromSageMaker)
        let error = #expect(throws: RoostError.self) { try DatasetProfile(json: Data(file.utf8)) }
        #expect(error?.code == .invalidInput)
        #expect(error?.field == field)
        #expect(error?.message.contains("statistics.json") == true)
    }
}
