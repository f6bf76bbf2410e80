import AWS
import Definitions
import Encodings
import Foundation
import Functions

extension LambdaService {
    func publishVersion(_ call: AWSCall) async throws -> JSON {
        let name = try FunctionName.unqualified(call)
        try FunctionRequest.check(call.input, of: name)
        // What is not a digest differs from the current one.
        let digest = call.input["CodeSha256"]?.string.map { Data(base64Encoded: $0)?.hexadecimal ?? "" }
        let version = try await functions.publish(
            name,
            digest: digest,
            description: call.input["Description"]?.string,
            revision: call.input["RevisionId"]?.string
        )
        return json(version, of: name, qualifier: version.number, call)
    }

    func listVersionsByFunction(_ call: AWSCall) throws -> JSON {
        let page = try ListPage(call)
        let function = try functions.function(named: FunctionName(call).name)
        return page.json(function.versions, key: { ListPage.key(Int($0.number) ?? 0) }, as: "Versions") {
            json($0, of: function.name, qualifier: $0.number, call, at: .listed)
        }
    }

    // MARK: Aliases

    func createAlias(_ call: AWSCall) async throws -> JSON {
        let function = try FunctionName.unqualified(call)
        let alias = try await functions.addAlias(
            call.input.required("Name"),
            of: function,
            version: call.input.required("FunctionVersion"),
            description: call.input["Description"]?.string ?? "",
            routing: Self.weights(call.input) ?? [:]
        )
        return Self.json(alias, of: function, call)
    }

    func getAlias(_ call: AWSCall) throws -> JSON {
        let name = try call.input.required("Name")
        let function = try FunctionName.unqualified(call)
        guard let alias = try? functions.function(named: function).alias(name) else {
            throw FunctionProblem.aliasNotFound(function: function, alias: name)
        }
        return Self.json(alias, of: function, call)
    }

    func updateAlias(_ call: AWSCall) async throws -> JSON {
        let function = try FunctionName.unqualified(call)
        let version = call.input["FunctionVersion"]?.string
        let description = call.input["Description"]?.string
        let weights = try Self.weights(call.input)
        let alias = try await functions.updateAlias(
            call.input.required("Name"),
            of: function,
            revision: call.input["RevisionId"]?.string
        ) { alias in
            if let version { alias.version = version }
            if let description { alias.description = description }
            if let weights { alias.routing = weights }
        }
        return Self.json(alias, of: function, call)
    }

    func deleteAlias(_ call: AWSCall) async throws -> JSON? {
        try await functions.removeAlias(call.input.required("Name"), of: FunctionName.unqualified(call))
        return nil
    }

    func listAliases(_ call: AWSCall) throws -> JSON {
        let page = try ListPage(call)
        let function = try functions.function(named: FunctionName.unqualified(call))
        let version = call.input["FunctionVersion"]?.string
        let aliases = function.aliases
            .filter { version == nil || $0.version == version || $0.routing[version ?? ""] != nil }
            .sorted { $0.name < $1.name }
        return page.json(aliases, key: \.name, as: "Aliases") { Self.json($0, of: function.name, call) }
    }

    /// The shares of other versions in a request; `nil` if it says nothing about them.
    private static func weights(_ input: JSON) throws(AWSError) -> [String: Double]? {
        guard let routing = input["RoutingConfig"] else { return nil }
        var weights: [String: Double] = [:]
        for (version, weight) in routing["AdditionalVersionWeights"]?.object ?? [:] {
            guard let number = weight.number else {
                throw AWSError("SerializationException", "The weight of version '\(version)' is not a number.")
            }
            weights[version] = number
        }
        return weights
    }

    private static func json(_ alias: FunctionAlias, of function: String, _ call: AWSCall) -> JSON {
        .members([
            "AliasArn": .string(FunctionName.arn(function, alias.name, region: call.region)),
            "Name": .string(alias.name),
            "FunctionVersion": .string(alias.version),
            "Description": .string(alias.description),
            "RevisionId": .string(alias.revision),
            "RoutingConfig": alias.routing.isEmpty
                ? nil : .object(["AdditionalVersionWeights": .object(alias.routing.mapValues(JSON.number))]),
        ])
    }
}
