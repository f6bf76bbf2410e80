import Foundation
import Testing

/// What other implementations return. `make_fixtures.py` and `make_drift_fixtures.py` write the files.
struct Fixtures: Decodable {
    struct Case: Decodable {
        let numbers: [Double]
        let arrays: [[Double]]
        let expected: [Double]

        /// The number at an index, which is a whole one.
        func count(_ index: Int) -> Int { Int(numbers[index]) }
    }

    private let cases: [String: [Case]]

    /// Returns the cases of a name; there is at least one.
    static func cases(_ name: String, in file: String = "fixtures.json") throws -> [Case] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: file)
        let fixtures = try JSONDecoder().decode(Fixtures.self, from: Data(contentsOf: file))
        return try #require(fixtures.cases[name])
    }
}

/// Expects values that agree with the reference to 1e-9, relative or absolute.
func expectEqual(
    _ values: [Double?],
    _ expected: [Double],
    _ context: [Double] = [],
    sourceLocation: SourceLocation = #_sourceLocation
) {
    for (value, expected) in zip(values, expected) {
        let isEqual = value.map { ($0 - expected).magnitude <= 1e-9 * max(1, expected.magnitude) } ?? false
        #expect(
            isEqual,
            "\(String(describing: value)), not \(expected), for \(context)",
            sourceLocation: sourceLocation
        )
    }
    #expect(values.count == expected.count, sourceLocation: sourceLocation)
}

/// Expects values that agree with the reference to a relative error of 1e-9, however small they are.
func expectRelativelyEqual(
    _ values: [Double?],
    _ expected: [Double],
    _ context: [Double] = [],
    sourceLocation: SourceLocation = #_sourceLocation
) {
    for (value, expected) in zip(values, expected) {
        let isEqual = value.map { ($0 - expected).magnitude <= 1e-9 * expected.magnitude } ?? false
        #expect(
            isEqual,
            "\(String(describing: value)), not \(expected), for \(context)",
            sourceLocation: sourceLocation
        )
    }
    #expect(values.count == expected.count, sourceLocation: sourceLocation)
}

/// Expects that a value took what was added. `#expect` cannot call a mutating method.
func expectAccepted(_ isAccepted: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(isAccepted, sourceLocation: sourceLocation)
}

func expectRejected(_ isAccepted: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(!isAccepted, sourceLocation: sourceLocation)
}
