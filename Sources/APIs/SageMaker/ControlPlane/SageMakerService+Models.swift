import AWS
import Buckets
package import Definitions
import Foundation
import Platform

/// The stored form of a model: the request, and the platform's model version that was created for it.
struct ModelRecord: Codable, Sendable {
    var arn: String
    var request: JSON
    var image: String
    /// The id of the platform's model version.
    var version: String
    /// Why the artifact cannot be loaded. Endpoints and transform jobs that use the model fail with this message.
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
        let artifact = try await artifact(Self.dataURL(container), call)
        try await platform.ensureWorkspace(named: Self.workspace)
        let added = try await platform.addModel(
            named: name,
            in: Self.workspace,
            framework: builtIn?.framework ?? .process,
            path: artifact?.path,
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
        let isNew = try await platform.storing(for: added.version.reference, in: Self.workspace) {
            try await platform.addRecord(record, .model, name, at: call.time)
        }
        guard isNew else { throw taken }
        try await keepTags(call, of: arn)
        return .object(["ModelArn": .string(arn)])
    }

    private func describeModel(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("ModelName")
        guard let model = try await platform.recorded(ModelRecord.self, .model, name) else {
            throw Self.noModel(call, name)
        }
        let request = model.value.request
        return request.without("Tags").merging([
            "PrimaryContainer": request["PrimaryContainer"].map(Self.withDefaults),
            "Containers": request["Containers"]?.array.map { .array($0.map(Self.withDefaults)) },
            "EnableNetworkIsolation": request["EnableNetworkIsolation"] ?? .bool(false),
            "ModelArn": .string(model.value.arn), "CreationTime": .time(model.createdAt),
        ])
    }

    /// Returns a container with AWS's defaults.
    private static func withDefaults(_ container: JSON) -> JSON {
        container.merging([
            "Mode": container["Mode"] ?? .string("SingleModel"),
            "Environment": container["Environment"] ?? .object([:]),
        ])
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

    /// Whether a model version still has a SageMaker model. `DeleteModel` keeps the version for endpoints that serve it.
    package func hasModel(of version: ModelVersion) async throws -> Bool {
        guard version.workspace == Self.workspace else { return true }
        return try await platform.recorded(ModelRecord.self, .model, version.model)?.value.version == version.id
    }

    // MARK: Containers

    private static func container(_ input: JSON) throws -> JSON {
        let containers = input["Containers"]?.array
        if let containers, input["PrimaryContainer"] != nil, !containers.isEmpty {
            throw AWSError.validation("Specify either PrimaryContainer or Containers, not both.")
        }
        guard let container = input["PrimaryContainer"] ?? containers?.first else {
            throw AWSError.validation("Specify PrimaryContainer, or Containers with one container.")
        }
        guard (containers?.count ?? 1) == 1 else {
            throw AWSError.unsupported("Containers", reason: "a model must have exactly one container.")
        }
        guard container["Mode"]?.string ?? "SingleModel" == "SingleModel" else {
            throw AWSError.unsupported("PrimaryContainer", "Mode", reason: "the mode must be SingleModel.")
        }
        return container
    }

    /// Returns the URL of the model's artifact; `nil` if the model has none.
    private static func dataURL(_ container: JSON) throws -> String? {
        guard let source = container["ModelDataSource"]?["S3DataSource"] else {
            return container["ModelDataUrl"]?.string
        }
        guard source["CompressionType"]?.string ?? "Gzip" == "Gzip" else {
            throw AWSError.unsupported(
                "PrimaryContainer",
                "ModelDataSource",
                reason: "a model's artifact must be a single tar.gz object."
            )
        }
        return try source.required("S3Uri")
    }

    private func artifact(_ url: String?, _ call: AWSCall) async throws -> LocalObject? {
        guard let url else { return nil }
        let uri = try ObjectURI(url, field: "ModelDataUrl")
        guard let object = try await platform.buckets.object(at: uri) else {
            // In AWS's words: https://github.com/aws/aws-step-functions-data-science-sdk-python/issues/61
            throw AWSError.validation("Could not find model data at \(url).")
        }
        return try await platform.buckets.localCopy(of: object)
    }
}
