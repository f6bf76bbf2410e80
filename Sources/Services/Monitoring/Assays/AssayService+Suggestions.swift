import Catalog
package import Definitions
package import Foundation
import InferenceLog
import Pipelines

extension AssayService {
    /// How much of the log suggestions are made from, in seconds.
    private static let span = 7.0 * 86_400
    /// The lengths of windows that are suggested, the shortest first.
    private static let windows = [3600, 6 * 3600, 86_400, 7 * 86_400].map { TimeSpan(seconds: $0) }
    /// A string that is different in more than this share of the rows is an identifier or free text.
    private static let distinctShare = 0.5

    /// Proposes assays for a pipeline, from its signature and its log.
    ///
    /// - Parameters:
    ///   - start: `nil` for a week before the end.
    ///   - end: `nil` for now.
    /// - Throws: ``RoostError`` if the log has too few rows.
    package func suggestions(for pipeline: String, start: Date?, end: Date?) async throws -> AssaySuggestions {
        let subject = try await monitoring.subject(pipeline)
        let end = end ?? now()
        let start = start ?? end.addingTimeInterval(-Self.span)
        guard start < end else { throw RoostError(.invalidInput, "'start' must be before 'end'.", field: "start") }
        let taken = Set(try await catalog.assays().map(\.name))
        return try await monitoring.compute { [monitoring] in
            let log = LogWindow(start: start.milliseconds, end: end.milliseconds)
            let (batches, labels) = monitoring.labeledLog(of: subject, log)
            // The time of each row.
            let times = batches.flatMap { batch in
                batch.entryRanges.flatMap { entries in
                    entries.flatMap { Array(repeating: batch.times[$0], count: batch.rows(at: $0).count) }
                }
            }
            guard times.count >= AssayDefinition.defaultMinimum, let first = times.min() else {
                throw RoostError(
                    .conflict,
                    "Not enough data: the log of pipeline '\(pipeline)' has \(times.count) rows from "
                        + "\(start.formatted(.iso8601)) to \(end.formatted(.iso8601)). At least "
                        + "\(AssayDefinition.defaultMinimum) are needed.",
                    field: "pipeline"
                )
            }
            // What was deleted, or was before the pipeline, would only add empty windows.
            let begin = max(start, Date(milliseconds: first))
            var draft = Draft(subject: subject, start: begin, end: end, window: Self.window(times))
            draft.notes = []
            let elements = SuggestedElements(subject.layout, batches)
            draft.notes += elements.notes
            for metric in elements.metrics { draft.add(metric, batches) }
            for metric in Self.rates(subject, labels) { draft.add(rate: metric, batches, labels) }
            return draft.suggestions(monitoring, taken: taken, at: end)
        }
    }

    /// The shortest window that has enough rows, on average over those that have some.
    private static func window(_ times: [Int64]) -> TimeSpan {
        windows.first { window in
            let length = Int64(window.seconds) * 1000
            let used = Set(times.map { $0 / length }).count
            return times.count / max(1, used) >= 2 * AssayDefinition.defaultMinimum
        } ?? windows[windows.count - 1]
    }

    private static func rates(_ subject: Monitoring.Subject, _ labels: LabelTable) -> [String] {
        labels.isEmpty ? ["errors", "check_failures"] : ["errors", "check_failures", "accuracy"]
    }

    /// What has been proposed so far.
    private struct Draft {
        let subject: Monitoring.Subject
        let start: Date
        let end: Date
        let window: TimeSpan
        var notes: [String] = []
        private var items: [(definition: AssayDefinition, item: AssayRun.Item, reason: String)] = []

        init(subject: Monitoring.Subject, start: Date, end: Date, window: TimeSpan) {
            self.subject = subject
            self.start = start
            self.end = end
            self.window = window
        }

        /// Adds an element, unless there is nothing to watch.
        mutating func add(_ metric: String, _ batches: [LogBatch]) {
            var definition = definition(metric)
            guard let source = try? AssaySource(definition, subject) else { return }
            let values = source.values(batches, nil, subject.layout)
            guard values.count >= AssayDefinition.defaultMinimum else {
                if values.count > 0 { notes.append("'\(metric)' has only \(values.count) values.") }
                return
            }
            let distinct = values.numbers.isEmpty ? values.categories.count : Set(values.numbers).count
            guard distinct > 1 || values.missing > 0 else {
                return notes.append("'\(metric)' always has the same value.")
            }
            if values.numbers.isEmpty, Double(distinct) > AssayService.distinctShare * Double(values.count) {
                return notes.append("'\(metric)' differs in nearly every row, so it is an identifier or free text.")
            }
            let isCategorical = !values.categories.isEmpty || distinct <= 10
            if isCategorical { definition.bins = .init(by: .categories) }
            add(
                definition,
                source,
                values,
                isCategorical ? "It has \(distinct) different values." : "Its values are numbers."
            )
        }

        /// Adds a metric of whole inferences, whose mean is watched.
        mutating func add(rate metric: String, _ batches: [LogBatch], _ labels: LabelTable) {
            var definition = definition(metric)
            // Twice the usual noise of a rate at the least number of values is 0.07.
            (definition.warn, definition.alert) = (0.05, 0.1)
            guard let source = try? AssaySource(definition, subject) else { return }
            let values = source.values(batches, labels, subject.layout)
            guard values.count >= AssayDefinition.defaultMinimum else {
                return notes.append("'\(metric)' has only \(values.count) values.")
            }
            add(definition, source, values, "It says how well the pipeline answers.")
        }

        private mutating func add(
            _ definition: AssayDefinition,
            _ source: AssaySource,
            _ values: AssayValues,
            _ reason: String
        ) {
            do throws(RoostError) {
                let (baseline, sample) = try AssayBaseline.make(values, definition)
                let comparison = AssayComparison(definition: definition, baseline: baseline, sample: sample)
                items.append((definition, AssayRun.Item(source: source, comparison: comparison), reason))
            } catch {
                notes.append("'\(definition.metric)': \(error.message)")
            }
        }

        private func definition(_ metric: String) -> AssayDefinition {
            AssayDefinition(
                pipeline: subject.name,
                metric: metric,
                baseline: .init(start: start, end: end),
                window: window
            )
        }

        /// Tries what was proposed on the windows of the log.
        func suggestions(_ monitoring: Monitoring, taken: Set<String>, at time: Date) -> AssaySuggestions {
            var statuses = [[AssayResult.Status]](repeating: [], count: items.count)
            if let first = items.first, let schedule = try? AssaySchedule(first.definition) {
                let windows = schedule.ends(after: start, until: end, limit: AssayService.previewLimit)
                for end in windows {
                    let run = AssayRun(
                        subject: subject,
                        start: schedule.start(of: end),
                        end: end,
                        items: items.map(\.item)
                    )
                    for (index, result) in run.results(monitoring, at: time).enumerated() {
                        statuses[index].append(result.status)
                    }
                }
            }
            var taken = taken
            let suggestions = zip(items, statuses).map { item, statuses in
                let name = Self.name(subject.name, item.definition.metric, &taken)
                return AssaySuggestions.Suggestion(
                    name: name,
                    definition: item.definition,
                    reason: item.reason,
                    windows: statuses.count { $0 != .notEnoughData },
                    warnings: statuses.count { $0 == .warning },
                    alerts: statuses.count { $0 == .alert },
                    alarms: Self.alarms(statuses, item.definition)
                )
            }
            return AssaySuggestions(start: start, end: end, suggestions: suggestions, notes: notes)
        }

        private static func alarms(_ statuses: [AssayResult.Status], _ definition: AssayDefinition) -> Int {
            var level = AssayResult.Status.notEnoughData
            var alarms = 0
            for count in 1..<max(1, statuses.count + 1) {
                let next = Array(statuses.prefix(count)).level(definition, before: level)
                if next == .alert, level != .alert { alarms += 1 }
                level = next
            }
            return alarms
        }

        /// Returns a name that no assay has, from the pipeline's and the metric's.
        private static func name(_ pipeline: String, _ metric: String, _ taken: inout Set<String>) -> String {
            let allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
            let words = "\(pipeline)-\(metric)".split { !allowed.contains($0) }.joined(separator: "-")
            let base = String(words.prefix(56))
            var name = base
            var number = 2
            while !taken.insert(name).inserted {
                name = "\(base)-\(number)"
                number += 1
            }
            return name
        }
    }
}
