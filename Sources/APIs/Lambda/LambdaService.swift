package import AWS
import Definitions
package import Functions

/// AWS Lambda: functions, their versions and aliases, their URLs and layers, and their invocation.
package struct LambdaService: AWSService {
    private typealias Operation = @Sendable (LambdaService, AWSCall) async throws -> JSON?

    package static let description = {
        var description = AWSServiceDescription(
            name: "lambda",
            operations: Array(operations.keys) + ["Invoke", "InvokeAsync"],
            rest: ServiceModel.lambda.rest
        )
        description.bodyLimit = bodyLimit
        return description
    }()
    package static let model: ServiceModel? = .lambda

    /// Maximum bytes of a request: an archive of 50 MiB in Base64.
    package static let bodyLimit = 70_167_211

    let functions: FunctionService

    package init(functions: FunctionService) { self.functions = functions }

    package func run(_ call: AWSCall) async throws -> JSON? {
        try await worded(call) { try await Self.operations[call.operation]?(self, call) }
    }

    package func respond(to call: AWSCall, status: Int) async throws -> AWSResponse {
        switch call.operation {
        case "Invoke": try await worded(call) { try await invoke(call) }
        case "InvokeAsync": try await worded(call) { try await invokeAsync(call) }
        // The model says 200.
        case "DeleteFunction": AWSResponse(try await run(call), status: 204)
        default: AWSResponse(try await run(call), status: status)
        }
    }

    private func worded<Result>(_ call: AWSCall, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let problem as FunctionProblem {
            throw AWSError(problem, call)
        }
    }

    private static let operations: [String: Operation] = [
        "CreateFunction": { try await $0.createFunction($1) },
        "GetFunction": { try $0.getFunction($1) },
        "GetFunctionConfiguration": { try $0.getFunctionConfiguration($1) },
        "ListFunctions": { try $0.listFunctions($1) },
        "UpdateFunctionCode": { try await $0.updateFunctionCode($1) },
        "UpdateFunctionConfiguration": { try await $0.updateFunctionConfiguration($1) },
        "DeleteFunction": { try await $0.deleteFunction($1) },
        "PublishVersion": { try await $0.publishVersion($1) },
        "ListVersionsByFunction": { try $0.listVersionsByFunction($1) },
        "CreateAlias": { try await $0.createAlias($1) },
        "GetAlias": { try $0.getAlias($1) },
        "UpdateAlias": { try await $0.updateAlias($1) },
        "DeleteAlias": { try await $0.deleteAlias($1) },
        "ListAliases": { try $0.listAliases($1) },
        "AddPermission": { try await $0.addPermission($1) },
        "GetPolicy": { try $0.getPolicy($1) },
        "RemovePermission": { try await $0.removePermission($1) },
        "PutFunctionConcurrency": { try await $0.putFunctionConcurrency($1) },
        "GetFunctionConcurrency": { try $0.getFunctionConcurrency($1) },
        "DeleteFunctionConcurrency": { try await $0.deleteFunctionConcurrency($1) },
        "CreateFunctionUrlConfig": { try await $0.createFunctionURLConfig($1) },
        "GetFunctionUrlConfig": { try $0.getFunctionURLConfig($1) },
        "UpdateFunctionUrlConfig": { try await $0.updateFunctionURLConfig($1) },
        "DeleteFunctionUrlConfig": { try await $0.deleteFunctionURLConfig($1) },
        "ListFunctionUrlConfigs": { try $0.listFunctionURLConfigs($1) },
        "TagResource": { try await $0.tagResource($1) },
        "UntagResource": { try await $0.untagResource($1) },
        "ListTags": { try $0.listTags($1) },
        "PublishLayerVersion": { try await $0.publishLayerVersion($1) },
        "GetLayerVersion": { try $0.getLayerVersion($1) },
        "GetLayerVersionByArn": { try $0.getLayerVersionByARN($1) },
        "DeleteLayerVersion": { try await $0.deleteLayerVersion($1) },
        "ListLayers": { try $0.listLayers($1) },
        "ListLayerVersions": { try $0.listLayerVersions($1) },
        "GetAccountSettings": { $0.getAccountSettings($1) },
        "GetFunctionCodeSigningConfig": { try $0.getFunctionCodeSigningConfig($1) },
        "GetRuntimeManagementConfig": { try $0.getRuntimeManagementConfig($1) },
        "GetFunctionRecursionConfig": { try $0.getFunctionRecursionConfig($1) },
        "ListEventSourceMappings": { _, _ in .object(["EventSourceMappings": .array([])]) },
        "ListFunctionEventInvokeConfigs": { try $0.listFunctionEventInvokeConfigs($1) },
        "ListProvisionedConcurrencyConfigs": { try $0.listProvisionedConcurrencyConfigs($1) },
    ]
}
