import AWS
import Definitions
import Functions

extension LambdaService {
    // MARK: Tags

    func tagResource(_ call: AWSCall) async throws -> JSON? {
        let name = try Self.taggedFunction(call)
        let tags = call.input["Tags"]?.strings ?? [:]
        guard !tags.isEmpty else {
            throw AWSError.invalidParameter("An error occurred and the request cannot be processed.")
        }
        try await functions.changeTags(of: name, adding: tags)
        return nil
    }

    func untagResource(_ call: AWSCall) async throws -> JSON? {
        let name = try Self.taggedFunction(call)
        try await functions.changeTags(of: name, removing: call.input["TagKeys"]?.array?.compactMap(\.string) ?? [])
        return nil
    }

    func listTags(_ call: AWSCall) throws -> JSON {
        .object(["Tags": .strings(try functions.function(named: Self.taggedFunction(call)).tags)])
    }

    private static func taggedFunction(_ call: AWSCall) throws -> String {
        let arn = try call.input.required("Resource")
        guard arn.contains(":function:") else { throw AWSError.resourceNotFound("Resource not found: \(arn)") }
        let name = try FunctionName(arn, region: call.region)
        guard name.qualifier == nil else {
            throw AWSError.invalidParameter(
                "Tags on function aliases and versions are not supported. Please specify a function ARN."
            )
        }
        return name.name
    }

    // MARK: Concurrency

    static func concurrency(_ count: Int) -> JSON { .object(["ReservedConcurrentExecutions": .number(Double(count))]) }

    func putFunctionConcurrency(_ call: AWSCall) async throws -> JSON {
        let count = call.input["ReservedConcurrentExecutions"]?.int ?? 0
        try await functions.reserveConcurrency(count, for: FunctionName.unqualified(call))
        return Self.concurrency(count)
    }

    func getFunctionConcurrency(_ call: AWSCall) throws -> JSON {
        let function = try functions.function(named: FunctionName.unqualified(call))
        return function.reservedConcurrency.map(Self.concurrency) ?? .object([:])
    }

    func deleteFunctionConcurrency(_ call: AWSCall) async throws -> JSON? {
        try await functions.reserveConcurrency(nil, for: FunctionName.unqualified(call))
        return nil
    }

    // MARK: Account

    func getAccountSettings(_ call: AWSCall) -> JSON {
        let all = functions.all()
        let sizes = Set(
            all.flatMap { $0.versions.map(\.code) } + functions.layers().flatMap { $0.versions.map(\.code) }
        )
        let limit = FunctionService.concurrencyLimit
        return .object([
            "AccountLimit": .object([
                "TotalCodeSize": .number(80_530_636_800),
                "CodeSizeUnzipped": .number(Double(FunctionService.unpackedLimit)),
                "CodeSizeZipped": .number(Double(FunctionService.archiveLimit)),
                "ConcurrentExecutions": .number(Double(limit)),
                "UnreservedConcurrentExecutions": .number(Double(limit - functions.reservedConcurrency())),
            ]),
            "AccountUsage": .object([
                "TotalCodeSize": .number(sizes.reduce(0) { $0 + Double($1.byteCount) }),
                "FunctionCount": .number(Double(all.count)),
            ]),
        ])
    }

    // MARK: What clients ask for that functions do not have

    func getFunctionCodeSigningConfig(_ call: AWSCall) throws -> JSON {
        _ = try functions.function(named: FunctionName(call).name)
        return .object([:])
    }

    func getRuntimeManagementConfig(_ call: AWSCall) throws -> JSON {
        let name = try FunctionName(call)
        _ = try functions.version(name.qualifier, of: name.name)
        return .object([
            "UpdateRuntimeOn": .string("Auto"),
            "FunctionArn": .string(
                FunctionName.arn(name.name, name.qualifier ?? Function.latest, region: call.region)
            ),
        ])
    }

    func getFunctionRecursionConfig(_ call: AWSCall) throws -> JSON {
        _ = try functions.function(named: FunctionName(call).name)
        return .object(["RecursiveLoop": .string("Terminate")])
    }

    func listFunctionEventInvokeConfigs(_ call: AWSCall) throws -> JSON {
        _ = try functions.function(named: FunctionName(call).name)
        return .object(["FunctionEventInvokeConfigs": .array([])])
    }

    func listProvisionedConcurrencyConfigs(_ call: AWSCall) throws -> JSON {
        _ = try functions.function(named: FunctionName(call).name)
        return .object(["ProvisionedConcurrencyConfigs": .array([])])
    }
}
