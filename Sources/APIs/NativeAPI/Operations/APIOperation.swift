/// All operations of the server except those of AWS's APIs. The routes and the OpenAPI document are both built from this list, so
/// they always agree.
package enum APIOperation: String, CaseIterable, Sendable {
    case getStatus
    case listWorkspaces, createWorkspace, getWorkspace
    case listModels, getModel, getModelLogs, uploadModelVersion, getModelVersion, downloadArtifact
    case tagModelVersion, untagModelVersion
    case listAlgorithms, addAlgorithm, removeAlgorithm
    case listPipelines, createPipeline, applyPipeline, getPipeline, listPipelineVersions, tagPipeline, untagPipeline
    case deploy, getDeployment, undeploy
    case infer
    case getLogs, exportLogs
    case createTrainingJob, listTrainingJobs, getTrainingJob, stopTrainingJob, getTrainingJobLogs
    case createTuningJob, listTuningJobs, getTuningJob, stopTuningJob, getTuningJobLogs
    case createTransformJob, listTransformJobs, getTransformJob, stopTransformJob, getTransformJobLogs
    case getAWSAccess, listQuotas, grantQuota, denyQuota
    case getOpenAPI, getMetrics
    case v2Server, v2Live, v2Ready
    case v2Model, v2ModelReady, v2Infer, v2ModelVersion, v2ModelVersionReady, v2VersionInfer

    package struct Description: Sendable {
        package let method: String
        /// `{name}` stands for one segment.
        package let path: String
        package let summary: String
        /// Names of the query's parameters.
        package var query: [String] = []
        /// The schema of the request's body, or a media type, which has a slash.
        package var request: String?
        package let status: Int
        /// The schema of the response's body, or a media type, which has a slash.
        package let response: String
    }

    package var description: Description { job.map(Self.description(of:)) ?? ownDescription }

    private var ownDescription: Description {
        switch self {
        case .getStatus: .get("/v1/status", "Get the server's status", "ServerStatus")
        case .listWorkspaces: .get("/v1/workspaces", "List workspaces", "WorkspaceList")
        case .createWorkspace: .post("/v1/workspaces", "Create a workspace", "NewWorkspace", 201, "Workspace")
        case .getWorkspace: .get("/v1/workspaces/{workspace}", "Get a workspace", "Workspace")
        case .listModels: .get("/v1/models", "List the models of a workspace", "ModelList", Self.workspace)
        case .getModel: .get("/v1/models/{model}", "Get a model with its versions", "Model", Self.workspace)
        case .getModelLogs:
            .get(
                "/v1/models/{model}/logs",
                "List inferences that were sent to the model directly, newest first",
                "LogEntryList",
                Self.workspace + Self.logQuery
            )
        case .uploadModelVersion:
            .post(
                "/v1/models/{model}/versions",
                "Upload an artifact as a new model version",
                "application/octet-stream",
                201,
                "ModelVersion",
                Self.workspace + ["framework", "algorithm", "trees"]
            )
        case .getModelVersion:
            .get("/v1/models/{model}/versions/{version}", "Get a model version", "ModelVersion", Self.workspace)
        case .downloadArtifact:
            .get(
                "/v1/models/{model}/versions/{version}/artifact",
                "Download the artifact of a model version",
                "application/octet-stream",
                Self.workspace
            )
        case .tagModelVersion:
            .put(
                "/v1/models/{model}/versions/{version}/tags/{tag}",
                "Add a tag to a model version",
                nil,
                200,
                "ModelVersion",
                Self.workspace
            )
        case .untagModelVersion:
            .delete(
                "/v1/models/{model}/versions/{version}/tags/{tag}",
                "Remove a tag from a model version",
                200,
                "ModelVersion",
                Self.workspace
            )
        case .listAlgorithms: .get("/v1/algorithms", "List custom algorithms", "AlgorithmList")
        case .addAlgorithm:
            .put(
                "/v1/algorithms/{algorithm}",
                "Add or replace a custom algorithm: a zip or tar archive with programs train and serve",
                "application/octet-stream",
                200,
                "Algorithm"
            )
        case .removeAlgorithm:
            .delete("/v1/algorithms/{algorithm}", "Remove a custom algorithm", 200, "Algorithm")
        case .listPipelines:
            .get(
                "/v1/pipelines",
                "List the pipelines of a workspace, or of all workspaces",
                "PipelineList",
                Self.workspace
            )
        case .createPipeline: .post("/v1/pipelines", "Create a pipeline", "PipelineDefinition", 201, "Pipeline")
        case .applyPipeline:
            .put(
                "/v1/pipelines/{pipeline}",
                "Create a pipeline, or change its definition",
                "PipelineDefinition",
                200,
                "Pipeline"
            )
        case .getPipeline: .get("/v1/pipelines/{pipeline}", "Get a pipeline", "Pipeline")
        case .listPipelineVersions:
            .get("/v1/pipelines/{pipeline}/versions", "List a pipeline's versions, newest first", "PipelineVersionList")
        case .tagPipeline: .put("/v1/pipelines/{pipeline}/tags/{tag}", "Add a tag to a pipeline", nil, 200, "Pipeline")
        case .untagPipeline:
            .delete("/v1/pipelines/{pipeline}/tags/{tag}", "Remove a tag from a pipeline", 200, "Pipeline")
        case .deploy:
            .put(
                "/v1/pipelines/{pipeline}/deployment",
                "Deploy a version of a pipeline, or switch to it",
                "NewDeployment",
                202,
                "Deployment"
            )
        case .getDeployment: .get("/v1/pipelines/{pipeline}/deployment", "Get a pipeline's deployment", "Deployment")
        case .undeploy: .delete("/v1/pipelines/{pipeline}/deployment", "Undeploy a pipeline", 202, "Deployment")
        case .infer:
            .post(
                "/v1/pipelines/{pipeline}/infer",
                "Run a pipeline",
                "InferenceInputs",
                200,
                "InferenceResult",
                ["non_finite"]
            )
        case .getLogs:
            .get(
                "/v1/pipelines/{pipeline}/logs",
                "List entries of the inference log, newest first",
                "LogEntryList",
                Self.logQuery
            )
        case .exportLogs:
            .get(
                "/v1/pipelines/{pipeline}/logs/export",
                "Export entries of the inference log as JSON Lines, newest first",
                "application/x-ndjson",
                Self.logQuery
            )
        case .getAWSAccess: .get("/v1/aws", "Get what AWS clients need to connect", "AWSAccess")
        case .listQuotas: .get("/v1/quotas", "List quotas, and requests to raise them", "QuotaList")
        case .grantQuota:
            .put("/v1/quota-requests/{request}/grant", "Grant a request to raise a quota", nil, 200, "QuotaRequest")
        case .denyQuota:
            .put("/v1/quota-requests/{request}/deny", "Deny a request to raise a quota", nil, 200, "QuotaRequest")
        case .getOpenAPI: .get("/openapi.json", "Get this document", "OpenAPI")
        case .getMetrics: .get("/metrics", "Get metrics for Prometheus", "text/plain")
        case .v2Server: .get("/v2", "Get server metadata (Open Inference Protocol V2)", "V2Server")
        case .v2Live: .get("/v2/health/live", "Check whether the server is live", "V2Live")
        case .v2Ready: .get("/v2/health/ready", "Check whether the server is ready", "V2Ready")
        case .v2Model: .get("/v2/models/{model}", "Get the metadata of a pipeline or model", "V2Model")
        case .v2ModelReady:
            .get("/v2/models/{model}/ready", "Check whether a pipeline or model is ready", "V2ModelReady")
        case .v2Infer: .post("/v2/models/{model}/infer", "Run a pipeline or model", "V2Request", 200, "V2Response")
        case .v2ModelVersion:
            .get("/v2/models/{model}/versions/{version}", "Get the metadata of one version", "V2Model")
        case .v2ModelVersionReady:
            .get("/v2/models/{model}/versions/{version}/ready", "Check whether one version is ready", "V2ModelReady")
        case .v2VersionInfer:
            .post("/v2/models/{model}/versions/{version}/infer", "Run one version", "V2Request", 200, "V2Response")
        case .createTrainingJob, .listTrainingJobs, .getTrainingJob, .stopTrainingJob, .getTrainingJobLogs,
            .createTuningJob, .listTuningJobs, .getTuningJob, .stopTuningJob, .getTuningJobLogs,
            .createTransformJob, .listTransformJobs, .getTransformJob, .stopTransformJob, .getTransformJobLogs:
            preconditionFailure("described with the jobs")
        }
    }

    private static let workspace = ["workspace"]
    private static let logQuery = ["limit", "start", "end", "model", "valid", "id"]

    /// Returns the methods of the operations whose path template matches, which distinguishes 405 from 404.
    package static func methods(matching path: String) -> [String] {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        return allCases.map(\.description).filter { operation in
            let template = operation.path.split(separator: "/", omittingEmptySubsequences: false)
            return template.count == segments.count
                && zip(template, segments).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }.map(\.method)
    }
}

extension APIOperation.Description {
    fileprivate static func get(_ path: String, _ summary: String, _ response: String, _ query: [String] = []) -> Self {
        Self(method: "GET", path: path, summary: summary, query: query, status: 200, response: response)
    }

    fileprivate static func delete(
        _ path: String,
        _ summary: String,
        _ status: Int,
        _ response: String,
        _ query: [String] = []
    ) -> Self {
        Self(method: "DELETE", path: path, summary: summary, query: query, status: status, response: response)
    }

    fileprivate static func post(
        _ path: String,
        _ summary: String,
        _ request: String,
        _ status: Int,
        _ response: String,
        _ query: [String] = []
    ) -> Self {
        Self(
            method: "POST",
            path: path,
            summary: summary,
            query: query,
            request: request,
            status: status,
            response: response
        )
    }

    fileprivate static func put(
        _ path: String,
        _ summary: String,
        _ request: String?,
        _ status: Int,
        _ response: String,
        _ query: [String] = []
    ) -> Self {
        Self(
            method: "PUT",
            path: path,
            summary: summary,
            query: query,
            request: request,
            status: status,
            response: response
        )
    }
}
