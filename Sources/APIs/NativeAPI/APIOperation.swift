/// Everything that the server answers outside the dialects' own surfaces: the routes and the OpenAPI document are both made of
/// this list, so that neither can have what the other lacks.
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
        /// The schema of the request's body, or a media type with a slash in it.
        package var request: String?
        package let status: Int
        /// The schema of the answer's body, or a media type with a slash in it.
        package let response: String
    }

    package var description: Description { job.map(Self.description(of:)) ?? ownDescription }

    private var ownDescription: Description {
        switch self {
        case .getStatus: .get("/v1/status", "What the server is and does", "ServerStatus")
        case .listWorkspaces: .get("/v1/workspaces", "All workspaces", "WorkspaceList")
        case .createWorkspace: .post("/v1/workspaces", "Make a workspace", "NewWorkspace", 201, "Workspace")
        case .getWorkspace: .get("/v1/workspaces/{workspace}", "One workspace", "Workspace")
        case .listModels: .get("/v1/models", "The models of a workspace", "ModelList", Self.workspace)
        case .getModel: .get("/v1/models/{model}", "One model with its versions", "Model", Self.workspace)
        case .getModelLogs:
            .get(
                "/v1/models/{model}/logs",
                "Inferences of the model that went through no pipeline",
                "LogEntryList",
                Self.workspace + Self.logQuery
            )
        case .uploadModelVersion:
            .post(
                "/v1/models/{model}/versions",
                "Upload an artifact as a new version",
                "application/octet-stream",
                201,
                "ModelVersion",
                Self.workspace + ["framework", "algorithm", "trees"]
            )
        case .getModelVersion:
            .get("/v1/models/{model}/versions/{version}", "One model version", "ModelVersion", Self.workspace)
        case .downloadArtifact:
            .get(
                "/v1/models/{model}/versions/{version}/artifact",
                "The bytes that were uploaded",
                "application/octet-stream",
                Self.workspace
            )
        case .tagModelVersion:
            .put(
                "/v1/models/{model}/versions/{version}/tags/{tag}",
                "Tag a model version",
                nil,
                200,
                "ModelVersion",
                Self.workspace
            )
        case .untagModelVersion:
            .delete(
                "/v1/models/{model}/versions/{version}/tags/{tag}",
                "Take a tag away",
                200,
                "ModelVersion",
                Self.workspace
            )
        case .listAlgorithms: .get("/v1/algorithms", "The algorithms that were added", "AlgorithmList")
        case .addAlgorithm:
            .put(
                "/v1/algorithms/{algorithm}",
                "Add an algorithm, or replace it: a zip or tar archive with programs train and serve",
                "application/octet-stream",
                200,
                "Algorithm"
            )
        case .removeAlgorithm:
            .delete("/v1/algorithms/{algorithm}", "Remove an algorithm", 200, "Algorithm")
        case .listPipelines:
            .get("/v1/pipelines", "The pipelines of a workspace, or of all", "PipelineList", Self.workspace)
        case .createPipeline: .post("/v1/pipelines", "Make a pipeline", "PipelineDefinition", 201, "Pipeline")
        case .applyPipeline:
            .put(
                "/v1/pipelines/{pipeline}",
                "Make a pipeline, or change its definition",
                "PipelineDefinition",
                200,
                "Pipeline"
            )
        case .getPipeline: .get("/v1/pipelines/{pipeline}", "One pipeline", "Pipeline")
        case .listPipelineVersions:
            .get("/v1/pipelines/{pipeline}/versions", "Its versions, newest first", "PipelineVersionList")
        case .tagPipeline: .put("/v1/pipelines/{pipeline}/tags/{tag}", "Tag a pipeline", nil, 200, "Pipeline")
        case .untagPipeline: .delete("/v1/pipelines/{pipeline}/tags/{tag}", "Take a tag away", 200, "Pipeline")
        case .deploy:
            .put(
                "/v1/pipelines/{pipeline}/deployment",
                "Deploy a version, or swap to it",
                "NewDeployment",
                202,
                "Deployment"
            )
        case .getDeployment: .get("/v1/pipelines/{pipeline}/deployment", "How the deployment is", "Deployment")
        case .undeploy: .delete("/v1/pipelines/{pipeline}/deployment", "Undeploy", 202, "Deployment")
        case .infer:
            .post(
                "/v1/pipelines/{pipeline}/infer",
                "Run the pipeline",
                "InferenceInputs",
                200,
                "InferenceResult",
                ["non_finite"]
            )
        case .getLogs:
            .get(
                "/v1/pipelines/{pipeline}/logs",
                "Entries of the inference log, newest first",
                "LogEntryList",
                Self.logQuery
            )
        case .exportLogs:
            .get(
                "/v1/pipelines/{pipeline}/logs/export",
                "The same as JSON Lines",
                "application/x-ndjson",
                Self.logQuery
            )
        case .getAWSAccess: .get("/v1/aws", "What clients of AWS's APIs need to know", "AWSAccess")
        case .listQuotas: .get("/v1/quotas", "The limits of the server, and requests for more", "QuotaList")
        case .grantQuota:
            .put("/v1/quota-requests/{request}/grant", "Grant a request for more", nil, 200, "QuotaRequest")
        case .denyQuota:
            .put("/v1/quota-requests/{request}/deny", "Deny a request for more", nil, 200, "QuotaRequest")
        case .getOpenAPI: .get("/openapi.json", "This document", "OpenAPI")
        case .getMetrics: .get("/metrics", "Metrics for Prometheus", "text/plain")
        case .v2Server: .get("/v2", "Server metadata (Open Inference Protocol V2)", "V2Server")
        case .v2Live: .get("/v2/health/live", "The process runs", "V2Live")
        case .v2Ready: .get("/v2/health/ready", "Everything deployed answers", "V2Ready")
        case .v2Model: .get("/v2/models/{model}", "A pipeline's or model's metadata", "V2Model")
        case .v2ModelReady: .get("/v2/models/{model}/ready", "It answers", "V2ModelReady")
        case .v2Infer: .post("/v2/models/{model}/infer", "Run a pipeline or model", "V2Request", 200, "V2Response")
        case .v2ModelVersion: .get("/v2/models/{model}/versions/{version}", "The metadata of one version", "V2Model")
        case .v2ModelVersionReady:
            .get("/v2/models/{model}/versions/{version}/ready", "The version answers", "V2ModelReady")
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

    /// The operation of a path that some template matches, whatever the method; for telling 405 from 404.
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
