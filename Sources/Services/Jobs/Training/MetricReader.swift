import Definitions
import Foundation
import Synchronization

/// Extracts metrics from a job's output.
///
/// The patterns come from users, and matching them may take unbounded time. Each pattern has a time budget for the whole job.
/// When it is exhausted, the pattern is no longer matched.
final class MetricReader: Sendable {
    /// CPU seconds that a pattern may take for one line.
    private static let lineBudget = 0.2
    /// CPU seconds per line that are not counted, so that a fast pattern never exhausts its budget, however long the job.
    private static let fair = 0.002
    /// The budget of a pattern: CPU seconds beyond ``fair``, summed over all lines.
    private static let budget = 1.0

    private let definitions: [(name: String, expression: NSRegularExpression)]
    private let readsBuiltIn: Bool
    private let state: Mutex<State>

    private struct State {
        /// The remaining budget of each pattern.
        var left: [Double]
        var givenUp: [String] = []
    }

    /// - Parameter hasBuiltInMetrics: Whether the lines come from a built-in algorithm, whose metrics are read without patterns.
    /// - Throws: ``RoostError`` that names the definition with an invalid pattern.
    init(_ definitions: [MetricDefinition], hasBuiltInMetrics: Bool = false) throws {
        state = Mutex(State(left: definitions.map { _ in Self.budget }))
        readsBuiltIn = hasBuiltInMetrics
        self.definitions = try definitions.enumerated().map { index, definition in
            do {
                return (definition.name, try NSRegularExpression(pattern: definition.pattern))
            } catch {
                throw RoostError(
                    .invalidInput,
                    "'\(definition.pattern.prefix(200))' is not a valid regular expression.",
                    field: "metrics[\(index)].pattern"
                )
            }
        }
    }

    /// Returns the metrics in a line: the first group of each pattern's first match, if it is a finite number.
    ///
    /// NaN, as of a diverging loss, has no place in statistics, nor in a job's record, which is JSON.
    func values(in line: String, at time: Date) -> [MetricValue] {
        // The time of a match can grow much faster than the length of the line.
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

    /// Returns the metrics whose patterns exhausted their budgets since the last call.
    func takeGivenUp() -> [String] {
        state.withLock { state in
            defer { state.givenUp = [] }
            return state.givenUp
        }
    }

    /// Returns the first match of a pattern; `nil` if there is none or matching takes too long.
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

    /// The CPU seconds of this thread. Elapsed time would also charge the pattern for a busy machine.
    private static var processorTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Returns the metrics in a line of a built-in algorithm, such as `[12]#011train-rmse:1.23#011validation-rmse:2.34` or
    /// `#quality_metric: host=algo-1, epoch=3, train rmse <loss>=0.5`.
    ///
    /// Matching a pattern for each of the seventy metrics would take longer than some training runs.
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
        // After the last comma comes `CHANNEL METRIC <loss>=VALUE`, optionally preceded by `batch=N`.
        let words = line[..<equals].split(separator: ",").last?.split(separator: " ").filter { !$0.contains("=") } ?? []
        guard words.count >= 2 else { return [] }
        return [("\(words[0]):\(words[1])", value)]
    }
}
