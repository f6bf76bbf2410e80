import Definitions
import Foundation

/// Reads metrics out of what a job writes.
struct MetricReader: Sendable {
    private let definitions: [(name: String, expression: NSRegularExpression)]

    /// - Throws: ``RoostError`` that names the definition whose pattern is none.
    init(_ definitions: [MetricDefinition]) throws {
        self.definitions = try definitions.enumerated().map { index, definition in
            do {
                return (definition.name, try NSRegularExpression(pattern: definition.pattern))
            } catch {
                throw RoostError(
                    .invalidInput,
                    "'\(definition.pattern.prefix(200))' is no regular expression.",
                    field: "metrics[\(index)].pattern"
                )
            }
        }
    }

    /// The metrics that a line has: the first group of the first match of each pattern, where that is a number.
    func values(in line: String, at time: Date) -> [MetricValue] {
        guard !definitions.isEmpty else { return [] }
        // Patterns may take a time that grows much faster than what they look at.
        let line = String(line.prefix(4096))
        let range = NSRange(line.startIndex..., in: line)
        return definitions.compactMap { name, expression in
            guard expression.numberOfCaptureGroups > 0,
                let match = expression.firstMatch(in: line, range: range),
                let group = Range(match.range(at: 1), in: line), let value = Double(line[group])
            else { return nil }
            return MetricValue(name: name, value: value, time: time)
        }
    }
}
