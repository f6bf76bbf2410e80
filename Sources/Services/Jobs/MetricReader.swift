import Definitions
import Foundation
import Synchronization

/// Reads metrics out of what a job writes.
///
/// The patterns are a user's, and may take a time that grows without bound with what they look at. Each has a budget for the
/// whole job, after which it is given up.
final class MetricReader: Sendable {
    /// Seconds of the processor that a pattern may take in one line.
    private static let lineBudget = 0.2
    /// Seconds that a line is allowed in any case: no job is too long for patterns that keep to it.
    private static let fair = 0.002
    /// Seconds above that in all lines, after which a pattern is given up.
    private static let budget = 1.0

    private let definitions: [(name: String, expression: NSRegularExpression)]
    private let readsBuiltIn: Bool
    private let state: Mutex<State>

    private struct State {
        /// What is left of each pattern's budget.
        var left: [Double]
        var givenUp: [String] = []
    }

    /// - Parameter hasBuiltInMetrics: The lines are those of a built-in algorithm, whose metrics are read without patterns.
    /// - Throws: ``RoostError`` that names the definition whose pattern is none.
    init(_ definitions: [MetricDefinition], hasBuiltInMetrics: Bool = false) throws {
        state = Mutex(State(left: definitions.map { _ in Self.budget }))
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
        for (index, (name, expression)) in definitions.enumerated() {
            guard expression.numberOfCaptureGroups > 0,
                let match = firstMatch(of: index, in: line, range),
                let group = Range(match.range(at: 1), in: line), let value = Double(line[group]),
                value.isFinite
            else { continue }
            values.removeAll { $0.name == name }
            values.append(MetricValue(name: name, value: value, time: time))
        }
        return values
    }

    /// The metrics whose patterns were given up since the last call.
    func takeGivenUp() -> [String] {
        state.withLock { state in
            defer { state.givenUp = [] }
            return state.givenUp
        }
    }

    /// The first match of a pattern; `nil` also where it takes so long that it must be one that tries everything.
    private func firstMatch(of index: Int, in line: String, _ range: NSRange) -> NSTextCheckingResult? {
        let left = state.withLock { $0.left[index] }
        guard left > 0 else { return nil }
        let start = Self.processorTime
        var found: NSTextCheckingResult?
        definitions[index].expression.enumerateMatches(in: line, options: .reportProgress, range: range) {
            match,
            _,
            stop in
            found = match ?? found
            if found != nil || Self.processorTime - start > Self.lineBudget { stop.pointee = true }
        }
        let excess = Self.processorTime - start - Self.fair
        if excess > 0 {
            state.withLock { state in
                state.left[index] -= excess
                if state.left[index] <= 0 { state.givenUp.append(definitions[index].name) }
            }
        }
        return found
    }

    /// Seconds of the processor that this thread has had: a machine that is busy is not the pattern's fault.
    private static var processorTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
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
