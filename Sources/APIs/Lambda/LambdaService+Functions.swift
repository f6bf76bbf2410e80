import AWS
import Definitions
import Encodings
import Foundation
import Functions

extension LambdaService {
    func createFunction(_ call: AWSCall) async throws -> JSON {
        let input = call.input
        let name = try FunctionName(call)
        try FunctionRequest.check(input, of: name.name)
        guard name.qualifier == nil else {
            throw AWSError.invalidParameter("A new function's name cannot have a qualifier: '\(name.qualifier ?? "")'.")
        }
        guard let runtime = input["Runtime"]?.string else {
            throw AWSError.invalidParameter("Runtime is mandatory for functions created with deployment packages.")
        }
        guard let handler = input["Handler"]?.string else {
            throw AWSError.invalidParameter("Handler is mandatory for functions created with deployment packages.")
        }
        var configuration = FunctionConfiguration(runtime: runtime, handler: handler)
        try FunctionRequest(input, region: call.region).apply(to: &configuration)
        var new = NewFunction(
            name: name.name,
            configuration: configuration,
            code: try FunctionRequest.code(input["Code"] ?? .object([:]))
        )
        new.region = call.region
        new.tags = input["Tags"]?.strings ?? [:]
        new.isPublished = input["Publish"]?.bool == true
        let function = try await functions.create(new, at: call.time)
        let version = new.isPublished ? function.published.last : nil
        return json(version ?? function.code, of: function.name, qualifier: nil, call, at: .created)
    }

    func getFunction(_ call: AWSCall) throws -> JSON {
        let name = try FunctionName(call)
        let (function, version) = try functions.version(name.qualifier, of: name.name)
        let code = JSON.object([
            "RepositoryType": .string("S3"),
            "Location": .string(
                "\(functions.serverURL)/v1/functions/\(function.name)/code"
                    + "?version=\(PercentEncoding.encode(version.number))"
            ),
        ])
        return .members([
            "Configuration": json(version, of: function.name, qualifier: name.qualifier, call),
            "Code": code,
            "Tags": function.tags.isEmpty ? nil : .strings(function.tags),
            "Concurrency": function.reservedConcurrency.map(Self.concurrency),
        ])
    }

    func getFunctionConfiguration(_ call: AWSCall) throws -> JSON {
        let name = try FunctionName(call)
        let version = try functions.version(name.qualifier, of: name.name).version
        return json(version, of: name.name, qualifier: name.qualifier, call)
    }

    func listFunctions(_ call: AWSCall) throws -> JSON {
        let page = try ListPage(call)
        guard call.input["FunctionVersion"]?.string == "ALL" else {
            return page.json(functions.all(), key: \.name, as: "Functions") {
                json($0.code, of: $0.name, qualifier: nil, call, at: .listed)
            }
        }
        let all = functions.all().flatMap { function in function.versions.map { (name: function.name, version: $0) } }
        return page.json(
            all,
            key: { "\($0.name)\u{0}\(ListPage.key(Int($0.version.number) ?? 0))" },
            as: "Functions"
        ) {
            json($0.version, of: $0.name, qualifier: $0.version.number, call, at: .listed)
        }
    }

    func updateFunctionCode(_ call: AWSCall) async throws -> JSON {
        let input = call.input
        if input["ImageUri"] != nil {
            throw AWSError.invalidParameter(
                "Please don't provide ImageUri when updating a function with packageType Zip."
            )
        }
        let name = try FunctionName.unqualified(call)
        try FunctionRequest.check(input, of: name)
        let isDryRun = input["DryRun"]?.bool == true
        let version = try await functions.updateCode(
            of: name,
            try FunctionRequest.code(input),
            revision: input["RevisionId"]?.string,
            architecture: input["Architectures"]?.array?.first?.string,
            isPublished: input["Publish"]?.bool == true,
            isDryRun: isDryRun,
            at: call.time
        )
        let isPublished = version.number != Function.latest
        return json(
            version,
            of: name,
            qualifier: isPublished ? version.number : nil,
            call,
            at: isDryRun ? .settled : isPublished ? .created : .updated
        )
    }

    func updateFunctionConfiguration(_ call: AWSCall) async throws -> JSON {
        let name = try FunctionName.unqualified(call)
        try FunctionRequest.check(call.input, of: name)
        let changes = try FunctionRequest(call.input, region: call.region)
        let version = try await functions.updateConfiguration(
            of: name,
            revision: call.input["RevisionId"]?.string,
            at: call.time
        ) { changes.apply(to: &$0) }
        return json(version, of: name, qualifier: nil, call, at: .updated)
    }

    func deleteFunction(_ call: AWSCall) async throws -> JSON? {
        let name = try FunctionName(call)
        guard let qualifier = name.qualifier else {
            try await functions.remove(name.name)
            return nil
        }
        guard qualifier != Function.latest else {
            throw AWSError.invalidParameter("$LATEST version cannot be deleted without deleting the function.")
        }
        guard try functions.function(named: name.name).alias(qualifier) == nil else {
            throw AWSError.invalidParameter("Deletion of aliases is not currently supported.")
        }
        try await functions.remove(version: qualifier, of: name.name)
        return nil
    }

    /// The structure `FunctionConfiguration` of a version.
    func json(
        _ version: FunctionVersion,
        of function: String,
        qualifier: String?,
        _ call: AWSCall,
        at moment: ConfigurationMoment = .settled
    ) -> JSON {
        version.json(function: function, qualifier: qualifier, region: call.region, at: moment)
    }
}
