import AWS
import Definitions
import Foundation
import Functions

/// What a request says about a function's configuration. Members that it lacks stay as they are.
struct FunctionRequest: Sendable {
    private let input: JSON
    private let layers: [LayerReference]?

    init(_ input: JSON, region: String) throws {
        self.input = input
        layers = try input["Layers"]?.array?.compactMap(\.string).map { arn in
            guard let layer = try LayerName.reference(arn, region: region) else {
                throw AWSError.invalidParameter("Layer version \(arn) does not exist.")
            }
            return layer
        }
    }

    func apply(to configuration: inout FunctionConfiguration) {
        if let runtime = input["Runtime"]?.string { configuration.runtime = runtime }
        if let handler = input["Handler"]?.string { configuration.handler = handler }
        if let role = input["Role"]?.string { configuration.role = role }
        if let description = input["Description"]?.string { configuration.description = description }
        if let timeout = input["Timeout"]?.int { configuration.timeout = timeout }
        if let memory = input["MemorySize"]?.int { configuration.memory = memory }
        if let storage = input["EphemeralStorage"]?["Size"]?.int { configuration.storage = storage }
        if let environment = input["Environment"] {
            configuration.environment = environment["Variables"]?.strings ?? [:]
        }
        if let layers { configuration.layers = layers }
        if let architecture = input["Architectures"]?.array?.first?.string { configuration.architecture = architecture }
        if let tracing = input["TracingConfig"]?["Mode"]?.string { configuration.tracing = tracing }
        if let logging = input["LoggingConfig"] {
            if let format = logging["LogFormat"]?.string { configuration.logsJSON = format == "JSON" }
            if let level = logging["ApplicationLogLevel"]?.string { configuration.logLevel = level }
            if !configuration.logsJSON { configuration.logLevel = nil }
        }
    }

    /// The code in `Code`, or in a request to update it.
    static func code(_ code: JSON) throws(AWSError) -> FunctionCodeSource {
        let bucket = code["S3Bucket"]?.string
        let key = code["S3Key"]?.string
        if let text = code["ZipFile"]?.string {
            guard bucket == nil, key == nil else {
                throw .invalidParameter("Please do not provide other FunctionCode parameters when providing a ZipFile.")
            }
            guard let data = Data(base64Encoded: text) else {
                throw AWSError("SerializationException", "'ZipFile' is not valid Base64.")
            }
            return .zip(data)
        }
        guard let bucket, let key else { throw .invalidParameter("Please provide a source for function code.") }
        if let version = code["S3ObjectVersion"]?.string, version != "null" {
            throw .invalidParameter("'S3ObjectVersion' is not supported by this server: its buckets keep one version.")
        }
        return .object(ObjectURI(bucket: bucket, key: key))
    }

    /// Refuses what this server does not have. Ignoring it would promise what does not happen.
    ///
    /// - Parameter function: The function's name.
    static func check(_ input: JSON, of function: String) throws(AWSError) {
        if input["PackageType"]?.string == "Image" || input["Code"]?["ImageUri"] != nil || input["ImageConfig"] != nil {
            throw .invalidParameter(
                "Container images are not supported by this server. Expected PackageType Zip with the code in ZipFile or in "
                    + "a bucket."
            )
        }
        for (member, reason) in unsupported where isGiven(input[member]) || isGiven(input["Code"]?[member]) {
            throw .invalidParameter("'\(member)' is not supported by this server: \(reason).")
        }
        if input["SnapStart"]?["ApplyOn"]?.string == "PublishedVersions" {
            throw .invalidParameter(
                "'SnapStart' is not supported by this server: processes are not restored from snapshots."
            )
        }
        if let group = input["LoggingConfig"]?["LogGroup"]?.string, group != "/aws/lambda/\(function)" {
            throw .invalidParameter(
                "The log group '\(group)' is not supported by this server. Expected /aws/lambda/\(function)."
            )
        }
    }

    private static let unsupported: KeyValuePairs = [
        "VpcConfig": "functions run in the server's own network",
        "DeadLetterConfig": "it has no queues",
        "KMSKeyArn": "it has no keys",
        "SourceKMSKeyArn": "it has no keys",
        "FileSystemConfigs": "it mounts no file systems",
        "CodeSigningConfigArn": "it does not verify signatures of code",
        "TenancyConfig": "functions have no tenants",
        "CapacityProviderConfig": "it has no capacity providers",
        "PublishTo": "it has no capacity providers",
        "DurableConfig": "functions are not durable",
        "RuntimeConfig": "it has one version of each runtime",
        "AcceleratorConfig": "it assigns no accelerators",
    ]

    /// Whether a value says anything: clients send empty structures for settings that they do not have.
    private static func isGiven(_ value: JSON?) -> Bool {
        switch value {
        case nil, .null: false
        case .string(let text): !text.isEmpty
        case .array(let values): values.contains(where: isGiven)
        case .object(let members): members.values.contains(where: isGiven)
        case .bool(let value): value
        case .number: true
        }
    }
}
