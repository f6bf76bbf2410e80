import Definitions
import Foundation

/// Reads metrics out of what a job writes.
struct MetricReader: Sendable {
    private let definitions: [(name: String, expression: NSRegularExpression)]
    private let readsBuiltIn: Bool

    /// - Parameter hasBuiltInMetrics: The lines are those of a built-in algorithm, whose metrics are read without patterns.
    /// - Throws: ``RoostError`` that names the definition whose pattern is none.
    init(_ definitions: [MetricDefinition], hasBuiltInMetrics: Bool = false) throws {
        readsBuiltIn = hasBuiltInMetrics
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

    /// The metrics that a line has: the first group of the first match of each pattern, where that is a finite number.
    ///
    /// A loss that has become NaN has no place in a job's record, which is JSON, nor in statistics.
    func values(in line: String, at time: Date) -> [MetricValue] {
        // Patterns may take a time that grows much faster than what they look at.
        let line = String(line.prefix(4096))
        var values: [MetricValue] = []
        if readsBuiltIn {
            values = Self.builtIn(line).filter(\.value.isFinite).map {
                MetricValue(name: $0.name, value: $0.value, time: time)
            }
        }
        guard !definitions.isEmpty else { return values }
        let range = NSRange(line.startIndex..., in: line)
        for (name, expression) in definitions {
            guard expression.numberOfCaptureGroups > 0,
                let match = Self.firstMatch(of: expression, in: line, range),
                let group = Range(match.range(at: 1), in: line), let value = Double(line[group]),
                value.isFinite
            else { continue }
            values.removeAll { $0.name == name }
            values.append(MetricValue(name: name, value: value, time: time))
        }
        return values
    }

    /// The first match; `nil` also where the pattern takes so long that it must be one that tries everything.
    private static func firstMatch(
        of expression: NSRegularExpression,
        in line: String,
        _ range: NSRange
    ) -> NSTextCheckingResult? {
        let deadline = ContinuousClock.now + .milliseconds(200)
        var found: NSTextCheckingResult?
        expression.enumerateMatches(in: line, options: .reportProgress, range: range) { match, _, stop in
            found = match ?? found
            if found != nil || ContinuousClock.now > deadline { stop.pointee = true }
        }
        return found
    }

    /// The metrics in a line of a built-in algorithm: `[12]#011train-rmse:1.23#011validation-rmse:2.34`, or
    /// `#quality_metric: host=algo-1, epoch=3, train rmse <loss>=0.5`.
    ///
    /// A pattern for each of the seventy metrics would take longer than some trainings.
    static func builtIn(_ line: String) -> [(name: String, value: Double)] {
        if line.hasPrefix("[") {
            return line.replacing("#011", with: "\t").split(separator: "\t").dropFirst().compactMap { part in
                guard let colon = part.lastIndex(of: ":"), let dash = part.firstIndex(of: "-"), dash < colon,
                    let value = Double(part[part.index(after: colon)...].trimmingCharacters(in: .whitespaces))
                else { return nil }
                return ("\(part[..<dash]):\(part[part.index(after: dash)..<colon])", value)
            }
        }
        guard line.hasPrefix("#quality_metric: "), let equals = line.lastIndex(of: "="),
            let value = Double(line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces))
        else { return [] }
        // After the last comma: `CHANNEL METRIC <loss>=VALUE`, perhaps with `batch=N` before it.
        let words = line[..<equals].split(separator: ",").last?.split(separator: " ").filter { !$0.contains("=") } ?? []
        guard words.count >= 2 else { return [] }
        return [("\(words[0]):\(words[1])", value)]
    }
}
