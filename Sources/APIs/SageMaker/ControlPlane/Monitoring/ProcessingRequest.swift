import AWS
import Analyses
import Definitions
import Foundation
import Monitoring

/// Converts `CreateProcessingJob` requests of Model Monitor's analyzer to analyses, and runs of schedules to such requests.
struct ProcessingRequest {
    private let input: JSON
    private let environment: [String: String]

    /// - Throws: ``AWSError`` if another image or a custom program is asked for.
    init(_ input: JSON) throws {
        self.input = input
        environment = input["Environment"]?.strings ?? [:]
        try AnalyzerImage.check(input["AppSpecification"] ?? .object([:]))
        for name in ["record_preprocessor_script", "post_analytics_processor_script"]
        where environment[name]?.isEmpty == false {
            throw AWSError.unsupported(
                "Environment",
                name,
                reason: "scripts before and after the analysis are not run."
            )
        }
    }

    func analysis(at time: Date) throws -> Analysis {
        var analysis = Analysis(
            name: try input.required("ProcessingJobName"),
            kind: try kind(),
            source: .objects(uri: try s3("dataset_source"), format: try format()),
            baseline: .init(
                constraints: try environment["baseline_constraints"].map { try file($0, "baseline_constraints") },
                statistics: try environment["baseline_statistics"].map { try file($0, "baseline_statistics") }
            ),
            output: try output(),
            createdAt: time
        )
        analysis.categoricalDriftMethod = try categoricalDriftMethod()
        analysis.maxRuntime = input["StoppingCondition"]?["MaxRuntimeInSeconds"]?.int ?? Analysis.defaultRuntime
        return analysis
    }

    private func categoricalDriftMethod() throws -> String? {
        guard let method = environment["categorical_drift_method"] else { return nil }
        guard ["LInfinity", "ChiSquared"].contains(method) else {
            throw AWSError.validation(
                "Invalid categorical_drift_method '\(method.prefix(40))'. Expected LInfinity or ChiSquared."
            )
        }
        return method
    }

    private func kind() throws -> Analysis.Kind {
        switch environment["analysis_type"] {
        case nil, "DATA_QUALITY": return .dataQuality
        case "MODEL_QUALITY": break
        case let type?:
            throw AWSError.unsupported(
                "Environment",
                "analysis_type",
                reason: "'\(type.prefix(40))'. Expected DATA_QUALITY or MODEL_QUALITY."
            )
        }
        guard let problem = environment["problem_type"].flatMap(ModelQualityStatistics.ProblemType.init) else {
            let known = ModelQualityStatistics.ProblemType.allCases.map(\.rawValue).joined(separator: ", ")
            throw AWSError.validation("The environment variable problem_type must be one of: \(known).")
        }
        var columns = ModelQualityColumns(problem: problem)
        columns.prediction = MonitorRequest.column(environment["inference_attribute"])
        columns.probability = MonitorRequest.column(environment["probability_attribute"])
        columns.label = MonitorRequest.column(environment["ground_truth_attribute"])
        if let text = environment["probability_threshold_attribute"] {
            guard let threshold = Double(text) else {
                throw AWSError.validation("The probability_threshold_attribute '\(text.prefix(40))' is not a number.")
            }
            columns.threshold = threshold
        }
        guard columns.label != nil else {
            throw AWSError.validation("The environment variable ground_truth_attribute is required.")
        }
        try columns.check()
        return .modelQuality(columns)
    }

    /// Reads `dataset_format`, such as `{"csv": {"header": true}}`.
    private func format() throws -> DatasetFormat {
        let text = environment["dataset_format"] ?? "{}"
        let format = JSON(parsing: Data(text.utf8))
        if let csv = format?["csv"] {
            guard csv["output_columns_position"]?.string ?? "START" == "START" else {
                throw AWSError.unsupported(
                    "Environment",
                    "dataset_format",
                    reason: "the output columns of a data set must come first."
                )
            }
            return .csv(hasHeader: csv["header"]?.bool ?? false)
        }
        if let json = format?["json"] { return .json(isByLine: json["lines"]?.bool ?? true) }
        if format?["sagemakerCaptureJson"] != nil { return .captures }
        throw AWSError.validation(
            "Invalid dataset_format '\(text.prefix(80))'. Expected {\"csv\": {\"header\": true}}, {\"json\": {\"lines\": true}} or "
                + "{\"sagemakerCaptureJson\": {}}."
        )
    }

    // MARK: Paths

    /// Returns the S3 URI of what an environment variable names with a path in the container.
    private func s3(_ variable: String) throws -> String {
        guard let path = environment[variable] else {
            throw AWSError.validation("The environment variable \(variable) is required.")
        }
        return try file(path, variable)
    }

    private func file(_ path: String, _ variable: String) throws -> String {
        for processingInput in input["ProcessingInputs"]?.array ?? [] {
            guard let source = processingInput["S3Input"], let local = source["LocalPath"]?.string,
                let rest = Self.rest(of: path, below: local)
            else { continue }
            let uri = try source.required("S3Uri")
            _ = try ObjectURI(uri, field: "ProcessingInputs")
            guard source["S3DataType"]?.string != "ManifestFile" else {
                throw AWSError.unsupported("ProcessingInputs", reason: "the data must be an S3Prefix.")
            }
            // An input may also be the one file itself.
            return rest.isEmpty || uri.hasSuffix("/" + rest) ? uri : uri + (uri.hasSuffix("/") ? "" : "/") + rest
        }
        throw AWSError.validation("No processing input has the path of \(variable), '\(path.prefix(200))'.")
    }

    private func output() throws -> String {
        let path = environment["output_path"]
        let outputs = input["ProcessingOutputConfig"]?["Outputs"]?.array ?? []
        for output in outputs {
            guard let target = output["S3Output"] else { continue }
            if path == nil || path.flatMap({ Self.rest(of: $0, below: target["LocalPath"]?.string ?? "") }) == "" {
                return try target.required("S3Uri")
            }
        }
        throw AWSError.validation("No processing output has the path of output_path, '\((path ?? "").prefix(200))'.")
    }

    /// Returns what a path has after that of a folder; `nil` if it is not in the folder.
    private static func rest(of path: String, below folder: String) -> String? {
        let (path, folder) = (path.split(separator: "/"), folder.split(separator: "/"))
        guard path.starts(with: folder) else { return nil }
        return path.dropFirst(folder.count).joined(separator: "/")
    }

    // MARK: Runs of schedules

    /// Returns a run of a schedule as a request.
    ///
    /// - Parameter captures: Where its endpoint stores what it captures.
    static func described(_ note: ScheduleNote, _ analysis: Analysis, captures: String?) -> JSON {
        let request = note.request
        let endpointInput = request.input["EndpointInput"]
        var environment = request.environment?.object ?? [:]
        environment["dataset_format"] = .string(
            #"{"sagemakerCaptureJson":{"captureIndexNames":["endpointInput","endpointOutput"]}}"#
        )
        environment["dataset_source"] = endpointInput?["LocalPath"]
        environment["output_path"] = request.output["LocalPath"]
        environment["publish_cloudwatch_metrics"] = .string(analysis.emitsMetrics ? "Enabled" : "Disabled")
        environment["sagemaker_endpoint_name"] = .string(request.endpoint)
        environment["sagemaker_monitoring_schedule_name"] = analysis.schedule.map(JSON.string)
        environment["start_time"] = analysis.run.map { .string($0.start.formatted(.iso8601)) }
        environment["end_time"] = analysis.run.map { .string($0.end.formatted(.iso8601)) }
        func input(_ name: String, _ uri: String, _ path: JSON?) -> JSON {
            .object([
                "InputName": .string(name), "AppManaged": .bool(false),
                "S3Input": .members([
                    "S3Uri": .string(uri), "LocalPath": path, "S3DataType": .string("S3Prefix"),
                    "S3InputMode": .string("File"), "S3CompressionType": .string("None"),
                    "S3DataDistributionType": .string("FullyReplicated"),
                ]),
            ])
        }
        var inputs = [input("endpoint_input_1", captures ?? "s3://", endpointInput?["LocalPath"])]
        if let uri = analysis.baseline.constraints {
            let path = "/opt/ml/processing/baseline/constraints"
            inputs.append(input("constraints", uri, .string(path)))
            environment["baseline_constraints"] = .string(path + "/constraints.json")
        }
        if let uri = analysis.baseline.statistics {
            let path = "/opt/ml/processing/baseline/stats"
            inputs.append(input("baseline", uri, .string(path)))
            environment["baseline_statistics"] = .string(path + "/statistics.json")
        }
        let output = request.output.merging(["S3Uri": .string(analysis.output)])
        return .members([
            "ProcessingInputs": .array(inputs),
            "ProcessingOutputConfig": .members([
                "Outputs": .array([
                    .object([
                        "OutputName": .string("result"), "AppManaged": .bool(false), "S3Output": output,
                    ])
                ]),
                "KmsKeyId": request.keyID,
            ]),
            "ProcessingResources": request.resources,
            "StoppingCondition": .object(["MaxRuntimeInSeconds": .number(Double(analysis.maxRuntime))]),
            "AppSpecification": request.application.without("Environment", "ProblemType"),
            "Environment": .object(environment),
            "NetworkConfig": request.network,
            "RoleArn": request.role.map(JSON.string),
        ])
    }
}
