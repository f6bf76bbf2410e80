package import Definitions
package import Foundation
package import Monitoring

/// An analysis of a data set, or of what an endpoint captured: its definition, and how far it has come. It is stored as it is.
package struct Analysis: Sendable, Hashable, Codable {
    /// What is computed.
    package enum Kind: Sendable, Hashable, Codable {
        /// The profile of each column.
        case dataQuality
        /// How good predictions are.
        case modelQuality(ModelQualityColumns)
    }

    /// What is read.
    package enum Source: Sendable, Hashable, Codable {
        /// The objects at `s3://BUCKET/PREFIX`.
        case objects(uri: String, format: DatasetFormat)
        /// What an endpoint captured, about a run of a schedule.
        case captures(CaptureSelection, Timetable.Run)
    }

    /// The files that the results are compared with, as `s3://BUCKET/KEY`.
    package struct Baseline: Sendable, Hashable, Codable {
        package var constraints: String?
        package var statistics: String?

        package init(constraints: String? = nil, statistics: String? = nil) {
            self.constraints = constraints
            self.statistics = statistics
        }
    }

    /// What came out of it.
    package struct Outcome: Sendable, Hashable, Codable {
        package var rowCount: Int
        /// `nil` if there was nothing to compare with.
        package var violationCount: Int?

        package init(rowCount: Int, violationCount: Int?) {
            self.rowCount = rowCount
            self.violationCount = violationCount
        }
    }

    package var name: String
    package var kind: Kind
    package var source: Source
    package var baseline: Baseline
    /// The `s3://BUCKET/PREFIX` of the files that it writes.
    package var output: String
    /// How the distances of categories are computed, in the constraints that it suggests. `nil` for the default.
    package var categoricalDriftMethod: String?
    /// Whether it records metrics.
    package var emitsMetrics = false
    /// The longest time that it may take, in seconds.
    package var maxRuntime = Analysis.defaultRuntime
    /// The schedule of which it is a run.
    package var schedule: String?
    package var state: JobState
    /// `nil` until it is completed.
    package var outcome: Outcome?

    package static let defaultRuntime = 3600

    package init(name: String, kind: Kind, source: Source, baseline: Baseline, output: String, createdAt: Date) {
        self.name = name
        self.kind = kind
        self.source = source
        self.baseline = baseline
        self.output = output
        state = JobState(createdAt: createdAt)
    }

    /// The run of a schedule that it is; `nil` if it is none.
    package var run: Timetable.Run? {
        if case .captures(_, let run) = source { run } else { nil }
    }

    /// The endpoint that it is about; `nil` if it is about a data set.
    package var endpoint: String? {
        if case .captures(let captures, _) = source { captures.endpoint } else { nil }
    }
}

/// Which values of a row are its prediction and its label.
package struct ModelQualityColumns: Sendable, Hashable, Codable {
    /// From which probability on the class 1 is predicted, unless the user says otherwise.
    static let defaultThreshold = 0.5

    package var problem: ModelQualityStatistics.ProblemType
    /// The predicted class or number. It and the next two are names of columns, or their positions from 0 on.
    package var prediction: String?
    /// The probability of the class 1.
    package var probability: String?
    /// The label. What endpoints captured has no label: it comes from the ground truth.
    package var label: String?
    /// From which probability on the class 1 is predicted.
    package var threshold: Double?

    package init(problem: ModelQualityStatistics.ProblemType) { self.problem = problem }
}

/// Which captured invocations are analyzed.
package struct CaptureSelection: Sendable, Hashable, Codable {
    package var endpoint: String
    /// The `s3://BUCKET/PREFIX` of the labels; only for the quality of models.
    package var groundTruth: String?
    /// Columns that are left out: their names, or the positions of inputs from 0 on.
    package var excluded: [String] = []
    /// The path of names to the values in a JSON input, such as `[data, features]`. Empty for all of it.
    package var featuresPath: [String] = []

    package init(endpoint: String) { self.endpoint = endpoint }
}

/// How the objects of a data set are written.
package enum DatasetFormat: Sendable, Hashable, Codable {
    case csv(hasHeader: Bool)
    /// An object or a list on each line, or one list of them.
    case json(isByLine: Bool)
    /// The invocations that endpoints captured.
    case captures
}
