package import Definitions
import Foundation
import Platform

/// What is kept of a model: the request, and the version of the platform's model that it became.
struct ModelRecord: Codable, Sendable {
    var arn: String
    var request: JSON
    /// The container's image.
    var image: String
    /// The platform's model version.
    var version: String
    /// Why the artifact cannot be loaded; endpoints and transform jobs with the model fail with it.
    var problem: String?
}

extension SageMakerService {
    static let modelOperations: [String: Operation] = [
        "CreateModel": { try await $0.createModel($1) },
        "DescribeModel": { try await $0.describeModel($1) },
        "DeleteModel": { try await $0.deleteModel($1) },
        "ListModels": { try await $0.listModels($1) },
    ]

    private func createModel(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("ModelName")
        let arn = call.arn("model", name)
        let taken = AWSError.validation("Cannot create already existing model \"\(arn)\".")
        guard try await platform.recorded(ModelRecord.self, .model, name) == nil else { throw taken }
        let container = try Self.container(call.input)
        let image = try container.required("Image")
        let algorithm = AlgorithmName(image)
        let environment = container["Environment"]?.strings
        let program = algorithm.program(script: environment?["SAGEMAKER_PROGRAM"])
        let builtIn: BuiltInAlgorithm? = if case .builtIn(let builtIn) = program { builtIn } else { nil }
        let path = try await artifact(Self.dataURL(container), call)
        try await makeWorkspace()
        let added = try await platform.addModel(
            named: name,
            in: Self.workspace,
            framework: builtIn?.framework ?? .process,
            path: path,
            algorithm: builtIn == nil ? algorithm.repository : nil,
            environment: environment,
            image: image
        )
        let record = ModelRecord(
            arn: arn,
            request: call.input,
            image: image,
            version: added.version.id,
            problem: added.problem
        )
        guard try await platform.addRecord(record, .model, name, at: call.time) else { throw taken }
        try await keepTags(call, of: arn)
        return .object(["ModelArn": .string(arn)])
    }

    private func describeModel(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("ModelName")
        guard let model = try await platform.recorded(ModelRecord.self, .model, name) else {
            throw Self.noModel(call, name)
        }
        let added: [String: JSON] = ["ModelArn": .string(model.value.arn), "CreationTime": .time(model.createdAt)]
        let request = model.value.request.object ?? [:]
        return .object(request.filter { $0.key != "Tags" }.merging(added) { _, new in new })
    }

    private func deleteModel(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("ModelName")
        guard try await platform.removeRecord(.model, name) else { throw Self.noModel(call, name) }
        try await removeTags(of: call.arn("model", name))
        return nil
    }

    private func listModels(_ call: AWSCall) async throws -> JSON? {
        let models = try await platform.allRecorded(ModelRecord.self, .model).map { model in
            ListedResource(
                name: model.name,
                createdAt: model.createdAt,
                modifiedAt: model.modifiedAt,
                summary: .object([
                    "ModelName": .string(model.name), "ModelArn": .string(model.value.arn),
                    "CreationTime": .time(model.createdAt),
                ])
            )
        }
        return try ListedResource.page(call, models, as: "Models")
    }

    static func noModel(_ call: AWSCall, _ name: String) -> AWSError {
        .validation("Could not find model \"\(call.arn("model", name))\".")
    }

    /// The version that a model of SageMaker's stands for: what a transform job runs.
    ///
    /// - Throws: ``AWSError`` where there is none, and ``RoostError`` where its artifact cannot be loaded.
    package func modelVersion(named name: String, _ call: AWSCall) async throws -> ModelVersion {
        guard let model = try await platform.recorded(ModelRecord.self, .model, name)?.value else {
            throw Self.noModel(call, name)
        }
        if let problem = model.problem { throw RoostError(.invalidInput, problem, field: "model") }
        return try await platform.modelVersion(
            ModelReference(name: name, version: model.version),
            in: Self.workspace
        )
    }

    /// Whether a model version has a model: `DeleteModel` leaves the version in its workspace, for endpoints that serve it.
    package func hasModel(of version: ModelVersion) async throws -> Bool {
        guard version.workspace == Self.workspace else { return true }
        return try await platform.recorded(ModelRecord.self, .model, version.model)?.value.version == version.id
    }

    /// The workspace of SageMaker's models and endpoints, made with the first of them.
    func makeWorkspace() async throws {
        guard (try? await platform.workspace(named: Self.workspace)) == nil else { return }
        do {
            _ = try await platform.createWorkspace(named: Self.workspace)
        } catch let error as RoostError where error.code == .conflict {
            // Another request was faster.
        }
    }

    // MARK: Containers

    private static func container(_ input: JSON) throws -> JSON {
        let containers = input["Containers"]?.array
        if let containers, input["PrimaryContainer"] != nil, !containers.isEmpty {
            throw AWSError.validation("Both PrimaryContainer and Containers are given; a model has one of them.")
        }
        guard let container = input["PrimaryContainer"] ?? containers?.first else {
            throw AWSError.validation("A model needs a PrimaryContainer, or Containers with one container.")
        }
        guard (containers?.count ?? 1) == 1 else {
            throw AWSError.unsupported("Containers", reason: "a model is one container here")
        }
        guard container["Mode"]?.string ?? "SingleModel" == "SingleModel" else {
            throw AWSError.unsupported("PrimaryContainer", "Mode", reason: "a container serves one model here")
        }
        return container
    }

    /// Where the model's artifact is; `nil` where the model has none.
    private static func dataURL(_ container: JSON) throws -> String? {
        guard let source = container["ModelDataSource"]?["S3DataSource"] else {
            return container["ModelDataUrl"]?.string
        }
        guard source["CompressionType"]?.string ?? "Gzip" == "Gzip" else {
            throw AWSError.unsupported(
                "PrimaryContainer",
                "ModelDataSource",
                reason: "a model's artifact is one tar.gz object here"
            )
        }
        return try source.required("S3Uri")
    }

    /// The file of an artifact in a bucket.
    private func artifact(_ url: String?, _ call: AWSCall) async throws -> String? {
        guard let url else { return nil }
        let uri = try ObjectURI(url, field: "ModelDataUrl")
        guard let object = try await platform.object(at: uri) else {
            throw AWSError.validation(
                "Could not find model data at \(url). Please ensure that the bucket exists in the \(call.region) region, "
                    + "and that the role has permissions to the object."
            )
        }
        return try await platform.path(of: object)
    }
}
