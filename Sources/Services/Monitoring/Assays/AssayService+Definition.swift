import Catalog
package import Definitions
package import Foundation
import Platform
import Processes
import Serving

extension AssayService {
    /// Adds an assay, or changes the one with its name. The baseline is read at once, and kept.
    ///
    /// - Returns: The assay, and whether it is new.
    /// - Throws: ``RoostError`` that names the first field that is wrong.
    package func define(_ name: String, _ definition: AssayDefinition) async throws -> (assay: Assay, isNew: Bool) {
        try Name.check(name, what: "assay name", field: "assay")
        return try await changes.pass { try await self.put(name, definition) }
    }

    private func put(_ name: String, _ definition: AssayDefinition) async throws -> (assay: Assay, isNew: Bool) {
        let known = try? await record(name)
        let subject = try await monitoring.subject(definition.pipeline)
        try definition.check()
        _ = try AssaySource(definition, subject)
        let time = now()
        var record = AssayRecord(
            name: name,
            definition: definition.stored,
            createdAt: known?.createdAt ?? time,
            definedAt: time,
            baseline: known?.baseline ?? "",
            cursor: time,
            level: .notEnoughData
        )
        var sample: [Double]?
        if let known, definition.keepsBaseline(of: known.definition) {
            record.definition.baseline = known.definition.baseline
            if definition.compares(like: known.definition) {
                // The same windows are judged as before, so the level stands.
                (record.definedAt, record.cursor, record.level) = (known.definedAt, known.cursor, known.level)
                if known.definition.isPaused { record.cursor = time }
            }
        } else {
            let count = try await catalog.assays().count
            guard known != nil || count < Self.countLimit else {
                throw RoostError(.conflict, "A server can have \(Self.countLimit) assays.", field: "assay")
            }
            let made = try await baseline(definition, subject)
            record.baseline = made.baseline
            sample = made.sample
        }
        let changed = record
        try await monitoring.platform.storing(for: subject.pipeline) { [catalog, sample] in
            try await catalog.putAssay(changed, sample: sample)
        }
        wait(record)
        return (try await description(of: record), known == nil)
    }

    /// Stops looking at the windows of an assay.
    package func pause(_ name: String) async throws -> Assay { try await set(isPaused: true, name) }

    /// Looks at the windows of an assay again, from now on.
    package func resume(_ name: String) async throws -> Assay { try await set(isPaused: false, name) }

    private func set(isPaused: Bool, _ name: String) async throws -> Assay {
        var definition = try await record(name).definition
        definition.isPaused = isPaused
        return try await define(name, definition).assay
    }

    /// Removes an assay and its results.
    package func remove(_ name: String) async throws -> Assay {
        try await changes.pass { try await self.delete(name) }
    }

    private func delete(_ name: String) async throws -> Assay {
        let assay = try await description(of: record(name))
        try await catalog.removeAssay(name)
        waiting[name] = nil
        return assay
    }

    /// Returns what an assay would have said about the windows that ended within a span of time, without adding it.
    ///
    /// - Parameters:
    ///   - start: `nil` for a day before the end.
    ///   - end: `nil` for now.
    /// - Throws: ``RoostError`` that names the first field that is wrong.
    package func preview(_ definition: AssayDefinition, start: Date?, end: Date?) async throws -> AssayPreview {
        let subject = try await monitoring.subject(definition.pipeline)
        try definition.check()
        let end = end ?? now()
        let start = start ?? end.addingTimeInterval(-86_400)
        guard start < end else { throw RoostError(.invalidInput, "'start' must be before 'end'.", field: "start") }
        let source = try AssaySource(definition, subject)
        let schedule = try AssaySchedule(definition)
        let ends = schedule.ends(after: start, until: end, limit: Self.previewLimit + 1)
        guard ends.count <= Self.previewLimit else {
            throw RoostError(
                .invalidInput,
                "A preview can have \(Self.previewLimit) windows. Choose a later 'start', or a longer 'every'.",
                field: "start"
            )
        }
        let (baseline, sample) = try await read(definition, subject)
        let comparison = AssayComparison(definition: definition, baseline: baseline, sample: sample)
        var results: [AssayResult] = []
        var alerts: [Date] = []
        var level = AssayResult.Status.notEnoughData
        for end in ends {
            let run = AssayRun(
                subject: subject,
                start: schedule.start(of: end),
                end: end,
                items: [.init(source: source, comparison: comparison)]
            )
            results += try await monitoring.compute { [monitoring, now] in run.results(monitoring, at: now()) }
            let next = results.map(\.status).level(definition, before: level)
            if next == .alert, level != .alert { alerts.append(end) }
            level = next
        }
        return AssayPreview(baseline: baseline.summary, results: results, alerts: alerts)
    }

    // MARK: Baselines

    private func baseline(
        _ definition: AssayDefinition,
        _ subject: Monitoring.Subject
    ) async throws -> (baseline: String, sample: [Double]) {
        let (baseline, sample) = try await read(definition, subject)
        return (String(decoding: try JSONEncoder().encode(baseline), as: UTF8.self), sample)
    }

    private func read(
        _ definition: AssayDefinition,
        _ subject: Monitoring.Subject
    ) async throws -> (baseline: AssayBaseline, sample: [Double]) {
        guard let chosen = definition.baseline else {
            throw RoostError(.invalidInput, "A new assay needs a 'baseline'.", field: "baseline")
        }
        let source = try AssaySource(definition, subject)
        let columns = try await monitoring.columns(chosen, areCategories: definition.bins?.by == .categories)
        return try await monitoring.compute { [monitoring] in
            let values: AssayValues
            if let start = chosen.start, let end = chosen.end {
                values = monitoring.values(source, of: subject, from: start, to: end)
            } else if let listed = chosen.values {
                values = AssayValues(listed)
            } else {
                values = try columns()
            }
            return try AssayBaseline.make(values, definition)
        }
    }
}

extension AssayValues {
    fileprivate init(_ values: [AssayDefinition.Value]) {
        for value in values {
            switch value {
            case .number(let number): add(number)
            case .text(let text): add(text)
            case .missing: missing += 1
            }
        }
    }
}

extension AssayDefinition {
    /// Without the values of the baseline, which are stored otherwise.
    fileprivate var stored: AssayDefinition {
        var definition = self
        if baseline?.values != nil { definition.baseline = nil }
        return definition
    }

    /// Whether the baseline need not be read again.
    fileprivate func keepsBaseline(of other: AssayDefinition) -> Bool {
        (baseline == nil || baseline == other.baseline) && pipeline == other.pipeline && metric == other.metric
            && budgetMilliseconds == other.budgetMilliseconds && model == other.model && bins == other.bins
            && chosenStatistic.isForCategories == other.chosenStatistic.isForCategories
    }

    /// Whether both look at the same windows, and say the same about them.
    fileprivate func compares(like other: AssayDefinition) -> Bool {
        var (one, two) = (self, other)
        (one.baseline, two.baseline) = (nil, nil)
        (one.isPaused, two.isPaused) = (false, false)
        return one == two
    }
}
