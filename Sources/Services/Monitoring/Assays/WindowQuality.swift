import Definitions
import Statistics

/// A metric of quality of all labeled rows of a window, and how much chance moves it.
struct WindowQuality: Codable, Sendable {
    /// The most groups of inferences, one of which is left out at a time. Inferences are taken for independent.
    private static let groupLimit = 50
    /// With fewer groups, the error is not known well enough.
    private static let leastGroups = 10

    let task: QualityReport.Task
    /// `nil` if it is not defined for these rows, such as the precision of a model that never says yes.
    let value: Double?
    /// `nil` with too few inferences.
    let standardError: Double?

    /// Rows and the inferences that they belong to.
    struct Rows {
        var rows: [LabeledRow] = []
        /// The number of the inference of each row.
        var inferences: [Int] = []
        private(set) var inferenceCount = 0

        /// Adds the rows of an inference.
        mutating func append(_ new: [LabeledRow]) {
            guard !new.isEmpty else { return }
            rows += new
            inferences += new.map { _ in inferenceCount }
            inferenceCount += 1
        }
    }

    /// Returns `nil` if no row has a prediction that can be compared with its label.
    ///
    /// - Parameter settings: What the pipeline declares of its labels.
    init?(_ metric: String, _ rows: Rows, _ settings: LabelSettings?, threshold: Double) {
        guard let task = LabeledRow.task(of: rows.rows, settings) else { return nil }
        self.task = task
        var codes = ClassCodes()
        // The rows of an inference, which are not independent, are left out together.
        func score(without group: Int?, of groupCount: Int) -> Double? {
            var left = QualityGroup()
            for (row, inference) in zip(rows.rows, rows.inferences) where inference % groupCount != group {
                _ = left.add(row, task, &codes)
            }
            let value = left.metric(metric, task, threshold: threshold, classCount: codes.count)
            return value.flatMap { $0.isFinite ? $0 : nil }
        }
        value = score(without: nil, of: 1)
        let groupCount = min(Self.groupLimit, rows.inferenceCount)
        guard value != nil, groupCount >= Self.leastGroups else {
            standardError = nil
            return
        }
        let values = (0..<groupCount).compactMap { score(without: $0, of: groupCount) }
        standardError = values.count == groupCount ? Jackknife.standardError(values) : nil
    }
}
