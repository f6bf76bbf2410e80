import AWS
import Analyses
import Definitions
import Foundation
import Monitoring

/// What a monitoring job is asked to do, from a job definition of its own or from one within a schedule.
///
/// It is kept with the schedule and with its runs, for the descriptions of their processing jobs.
struct MonitorRequest: Codable, Sendable {
    /// The kinds of monitoring that AWS knows. Only the first two are supported.
    enum Kind: String, Codable, Sendable {
        case dataQuality = "DataQuality"
        case modelQuality = "ModelQuality"

        /// The words of its job definitions in messages.
        var words: String { self == .dataQuality ? "data quality" : "model quality" }
        /// The kind of its job definitions in ARNs.
        var arnKind: String {
            self == .dataQuality ? "data-quality-job-definition" : "model-quality-job-definition"
        }
    }

    var kind: Kind
    /// The image, and what runs in it.
    var application: JSON
    var environment: JSON?
    /// With `EndpointInput`.
    var input: JSON
    var baseline: JSON?
    /// The first of `MonitoringOutputs`.
    var output: JSON
    var resources: JSON?
    var stopping: JSON?
    var network: JSON?
    var role: String?
    var keyID: JSON?

    /// Reads the request that created a job definition.
    init(_ kind: Kind, definition: JSON) throws {
        let name = kind.rawValue
        self.kind = kind
        application = definition["\(name)AppSpecification"] ?? .object([:])
        environment = application["Environment"]
        input = definition["\(name)JobInput"] ?? .object([:])
        baseline = definition["\(name)BaselineConfig"]
        output = try Self.output(definition["\(name)JobOutputConfig"])
        keyID = definition["\(name)JobOutputConfig"]?["KmsKeyId"]
        resources = definition["JobResources"]
        stopping = definition["StoppingCondition"]
        network = definition["NetworkConfig"]
        role = definition["RoleArn"]?.string
    }

    /// Reads the `MonitoringJobDefinition` of a schedule.
    init(inline definition: JSON) throws {
        kind = .dataQuality
        application = definition["MonitoringAppSpecification"] ?? .object([:])
        environment = definition["Environment"]
        input = definition["MonitoringInputs"]?.array?.first ?? .object([:])
        baseline = definition["BaselineConfig"]
        output = try Self.output(definition["MonitoringOutputConfig"])
        keyID = definition["MonitoringOutputConfig"]?["KmsKeyId"]
        resources = definition["MonitoringResources"]
        stopping = definition["StoppingCondition"]
        network = definition["NetworkConfig"]
        role = definition["RoleArn"]?.string
    }

    private static func output(_ config: JSON?) throws -> JSON {
        guard let output = config?["MonitoringOutputs"]?.array?.first?["S3Output"] else {
            throw AWSError.missing(["MonitoringOutputConfig", "MonitoringOutputs"])
        }
        return output
    }

    var endpoint: String { input["EndpointInput"]?["EndpointName"]?.string ?? "" }

    /// Returns what a schedule analyzes.
    ///
    /// - Parameter config: The schedule's `ScheduleConfig`; `nil` to check a job definition.
    /// - Throws: ``AWSError`` or ``RoostError`` for what this server does not support, and for invalid values.
    func monitor(_ config: JSON? = nil) throws -> Monitor {
        try AnalyzerImage.check(application)
        guard let endpointInput = input["EndpointInput"] else {
            throw AWSError.unsupported(
                "BatchTransformInput",
                reason: "only what endpoints capture is monitored. Specify an EndpointInput."
            )
        }
        var captures = CaptureSelection(endpoint: try endpointInput.required("EndpointName"))
        captures.groundTruth = input["GroundTruthS3Input"]?["S3Uri"]?.string
        if let uri = captures.groundTruth { _ = try ObjectURI(uri, field: "GroundTruthS3Input") }
        captures.excluded = (endpointInput["ExcludeFeaturesAttribute"]?.string ?? "").split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces) }
        captures.featuresPath = try Self.path(endpointInput["FeaturesAttribute"]?.string)
        let constraints = baseline?["ConstraintsResource"]?["S3Uri"]?.string
        let statistics = baseline?["StatisticsResource"]?["S3Uri"]?.string
        for uri in [constraints, statistics].compactMap(\.self) { _ = try ObjectURI(uri, field: "BaselineConfig") }
        let destination = try output.required("S3Uri")
        _ = try ObjectURI(destination, field: "MonitoringOutputs")
        var monitor = Monitor(
            captures: captures,
            kind: try analysisKind(endpointInput),
            baseline: .init(constraints: constraints, statistics: statistics),
            output: destination,
            emitsMetrics: environment?["publish_cloudwatch_metrics"]?.string != "Disabled",
            maxRuntime: stopping?["MaxRuntimeInSeconds"]?.int ?? Analysis.defaultRuntime
        )
        let start = try TimeOffset(endpointInput, "StartTimeOffset")
        let end = try TimeOffset(endpointInput, "EndTimeOffset")
        monitor.start = try TimeOffset(config, "DataAnalysisStartTime") ?? start
        monitor.end = try TimeOffset(config, "DataAnalysisEndTime") ?? end
        if let start = monitor.start, start.seconds >= (monitor.end?.seconds ?? 0) {
            throw AWSError.validation("The start of the analyzed time must be before its end.")
        }
        return monitor
    }

    private func analysisKind(_ endpointInput: JSON) throws -> Analysis.Kind {
        guard kind == .modelQuality else { return .dataQuality }
        guard let problem = application["ProblemType"]?.string.flatMap(ModelQualityStatistics.ProblemType.init) else {
            throw AWSError.missing(["ModelQualityAppSpecification", "ProblemType"])
        }
        guard input["GroundTruthS3Input"] != nil else {
            throw AWSError.missing(["ModelQualityJobInput", "GroundTruthS3Input"])
        }
        var columns = ModelQualityColumns(problem: problem)
        columns.prediction = Self.column(endpointInput["InferenceAttribute"]?.string)
        columns.probability = Self.column(endpointInput["ProbabilityAttribute"]?.string)
        columns.threshold = endpointInput["ProbabilityThresholdAttribute"]?.number
        try columns.check()
        return .modelQuality(columns)
    }

    /// The name of a column in a JSONPath such as `$.predictions.score`, or the position of a column as it is.
    static func column(_ attribute: String?) -> String? {
        guard let attribute, !attribute.isEmpty else { return nil }
        return attribute.hasPrefix("$.") ? String(attribute.dropFirst(2)) : attribute
    }

    /// Reads `FeaturesAttribute`: names with dots between them.
    private static func path(_ attribute: String?) throws -> [String] {
        guard let text = column(attribute) else { return [] }
        let names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard names.allSatisfy({ !$0.isEmpty && !$0.contains(where: "[]*$@?".contains) }) else {
            throw AWSError.unsupported(
                "EndpointInput",
                "FeaturesAttribute",
                reason: "it must be a path of names, such as data.features, but is '\(text.prefix(80))'."
            )
        }
        return names
    }
}

/// The image of Model Monitor's analyzer, which is built in.
enum AnalyzerImage {
    static let repository = "sagemaker-model-monitor-analyzer"

    /// Refuses other images, and custom programs in it.
    ///
    /// - Parameter application: An object with an `ImageUri`.
    static func check(_ application: JSON) throws {
        let image = try application.required("ImageUri")
        guard AlgorithmName(image).repository == repository else {
            throw AWSError.unsupported(
                "ImageUri",
                reason:
                    "'\(image.prefix(200))' cannot be run. The only processing image is Model Monitor's analyzer, \(repository), which is "
                    + "built in."
            )
        }
        for member in ["ContainerEntrypoint", "ContainerArguments"]
        where application[member]?.array?.isEmpty == false {
            throw AWSError.unsupported(
                member,
                reason: "the analyzer is built in, and no other program runs in its place."
            )
        }
        for member in ["RecordPreprocessorSourceUri", "PostAnalyticsProcessorSourceUri"]
        where application[member]?.string?.isEmpty == false {
            throw AWSError.unsupported(member, reason: "scripts before and after the analysis are not run.")
        }
    }
}

extension ModelQualityColumns {
    /// - Throws: ``AWSError`` if it is not said where the prediction is.
    func check() throws {
        switch problem {
        case .binaryClassification:
            guard prediction != nil || probability != nil else {
                throw AWSError.validation("Specify an inference attribute, a probability attribute, or both.")
            }
        case .multiclassClassification, .regression:
            guard prediction != nil else {
                throw AWSError.validation("An inference attribute is required if the problem is \(problem.rawValue).")
            }
        }
        if let threshold, !(0...1).contains(threshold) {
            throw AWSError.validation("The probability threshold must be between 0 and 1, but is \(threshold).")
        }
    }
}
