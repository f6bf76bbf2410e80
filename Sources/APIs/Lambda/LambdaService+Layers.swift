import AWS
import Definitions
import Encodings
import Foundation
import Functions

extension LambdaService {
    func publishLayerVersion(_ call: AWSCall) async throws -> JSON {
        let input = call.input
        let name = LayerName.name(try input.required("LayerName"))
        let description = input["Description"]?.string ?? ""
        let runtimes = input["CompatibleRuntimes"]?.array?.compactMap(\.string) ?? []
        let architectures = input["CompatibleArchitectures"]?.array?.compactMap(\.string) ?? []
        let license = input["LicenseInfo"]?.string
        let version = try await functions.publishLayer(
            name,
            try FunctionRequest.code(input["Content"] ?? .object([:])),
            at: call.time
        ) { version in
            version.description = description
            version.runtimes = runtimes
            version.architectures = architectures
            version.license = license
        }
        return details(of: version, name, call)
    }

    func getLayerVersion(_ call: AWSCall) throws -> JSON {
        let layer = try Self.layer(call)
        return details(of: try functions.layerVersion(layer), layer.name, call)
    }

    func getLayerVersionByARN(_ call: AWSCall) throws -> JSON {
        guard let layer = try LayerName.reference(call.input.required("Arn"), region: call.region) else {
            throw AWSError.noSuchResource
        }
        return details(of: try functions.layerVersion(layer), layer.name, call)
    }

    func deleteLayerVersion(_ call: AWSCall) async throws -> JSON? {
        try await functions.removeLayerVersion(Self.layer(call))
        return nil
    }

    func listLayers(_ call: AWSCall) throws -> JSON {
        let page = try ListPage(call)
        let found = functions.layers().compactMap { layer in
            Self.versions(of: layer, call).first.map { (name: layer.name, version: $0) }
        }
        return page.json(found, key: \.name, as: "Layers") { name, version in
            .object([
                "LayerName": .string(name),
                "LayerArn": .string(LayerName.arn(name, region: call.region)),
                "LatestMatchingVersion": Self.summary(of: version, name, call),
            ])
        }
    }

    func listLayerVersions(_ call: AWSCall) throws -> JSON {
        let page = try ListPage(call)
        let name = LayerName.name(try call.input.required("LayerName"))
        let versions = functions.layers().first { $0.name == name }.map { Self.versions(of: $0, call) } ?? []
        return page.json(versions, key: { ListPage.descendingKey($0.number) }, as: "LayerVersions") {
            Self.summary(of: $0, name, call)
        }
    }

    private static func layer(_ call: AWSCall) throws -> LayerReference {
        guard let number = call.input["VersionNumber"]?.int, number >= 1 else {
            throw AWSError.invalidParameter("Layer Version Cannot be less than 1")
        }
        return LayerReference(name: LayerName.name(try call.input.required("LayerName")), number: number)
    }

    /// The versions of a layer that a request asks for, newest first. A version that names no runtimes fits any.
    private static func versions(of layer: FunctionLayer, _ call: AWSCall) -> [FunctionLayer.Version] {
        func fits(_ values: [String], _ name: String) -> Bool {
            guard let wanted = call.input[name]?.string else { return true }
            return values.isEmpty || values.contains(wanted)
        }
        return layer.versions.reversed().filter {
            fits($0.runtimes, "CompatibleRuntime") && fits($0.architectures, "CompatibleArchitecture")
        }
    }

    private static func summary(of version: FunctionLayer.Version, _ name: String, _ call: AWSCall) -> JSON {
        func list(_ values: [String]) -> JSON? { values.isEmpty ? nil : .array(values.map(JSON.string)) }
        let layer = LayerReference(name: name, number: version.number)
        return .members([
            "LayerVersionArn": .string(LayerName.arn(layer, region: call.region)),
            "Version": .number(Double(version.number)),
            "Description": .string(version.description),
            "CreatedDate": .string(version.createdAt.lambdaTime),
            "CompatibleRuntimes": list(version.runtimes),
            "CompatibleArchitectures": list(version.architectures),
            "LicenseInfo": version.license.map(JSON.string),
        ])
    }

    private func details(of version: FunctionLayer.Version, _ name: String, _ call: AWSCall) -> JSON {
        Self.summary(of: version, name, call).merging([
            "LayerArn": .string(LayerName.arn(name, region: call.region)),
            "Content": .object([
                "CodeSha256": .string(version.code.base64Digest),
                "CodeSize": .number(Double(version.code.byteCount)),
                "Location": .string("\(functions.serverURL)/v1/layers/\(name)/versions/\(version.number)/code"),
            ]),
        ])
    }
}
