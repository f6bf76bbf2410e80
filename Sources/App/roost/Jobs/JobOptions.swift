import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

/// Options of commands that start a job, besides the definition.
struct StartOptions: ParsableArguments {
    @Flag(help: "Print the job's name and exit, instead of waiting for the job to end.")
    var detach = false
}

/// Options of commands that train a model.
struct TrainingOptions: ParsableArguments {
    @Option(
        name: .customLong("channel"),
        help:
            "Add a data channel: CHANNEL=s3://BUCKET/PREFIX, or CHANNEL=PATH of a local file or folder. Can be repeated."
    )
    var channels: [Assignment] = []
    @Option(help: "Content type of the channels that are given as options, such as text/csv.") var contentType: String?
    @Option(help: "When the job has completed, deploy its model as the pipeline of this name.") var deploy: String?

    /// Adds the channels to a definition's, in place of those with the same names.
    func addChannels(to definition: inout TrainingDefinition) {
        for channel in channels {
            definition.channels.removeAll { $0.name == channel.name }
            definition.channels.append(DataChannel(name: channel.name, uri: channel.value, contentType: contentType))
        }
    }

    /// Copies local data of the channels that are given as options to the server.
    func copyData(of definition: inout TrainingDefinition, _ data: LocalData) async throws {
        let given = Set(channels.map(\.name))
        for index in definition.channels.indices where given.contains(definition.channels[index].name) {
            definition.channels[index].uri = try await data.uri(of: definition.channels[index].uri, field: "channel")
        }
    }

    func check(_ start: StartOptions) throws {
        guard deploy == nil || !start.detach else {
            throw ValidationError("--deploy waits for the job, so it cannot be combined with --detach.")
        }
    }

    /// Returns what deploys the model; `nil` if it is not to be deployed.
    func deployment(on client: RoostClient) async throws -> ModelDeployment? {
        guard let deploy else { return nil }
        return try await ModelDeployment(of: deploy, on: client)
    }

    /// Returns the command that deploys the model of a job.
    func command(for job: some Job) -> String? {
        deploy.map { "roost pipeline apply \($0) --model job:\(job.name) --deploy" }
    }
}

/// A job's definition, in a file and in options.
enum DefinitionFile {
    /// Reads JSON or YAML; `-` is standard input. Without a file, the options must define everything.
    ///
    /// - Parameters:
    ///   - changes: Values from options, which override the file, by the path of the field: `input.uri`.
    ///   - required: The fields that a definition must have.
    static func read<Value: Decodable>(
        _ type: Value.Type,
        _ path: String?,
        changes: [String: String?],
        required: [String] = []
    ) throws -> Value {
        var definition = YAMLDefinition()
        if let path {
            definition = try contents(path)
        } else {
            for field in required where changes[field] == .some(nil) {
                let option = field.split(separator: ".")[0]
                throw ValidationError("Pass a definition file, or use the option '--\(option)'.")
            }
        }
        for case (let field, let value?) in changes {
            definition.set(field.split(separator: ".").map(String.init), value)
        }
        return try definition.decode(type)
    }

    private static func contents(_ path: String) throws -> YAMLDefinition {
        let text = String(decoding: try InputFile.read(path), as: UTF8.self)
        let definition = try YAMLDefinition(text, of: "'\(path)'", field: "file")
        guard definition.hasFields else {
            throw RoostError(.invalidInput, "'\(path)' is not a definition: it has no fields.", field: "file")
        }
        return definition
    }
}

/// `NAME=VALUE` on the command line.
struct Assignment: ExpressibleByArgument {
    let name: String
    let value: String

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        name = parts[0]
        value = parts[1]
    }
}

extension [Assignment] {
    var dictionary: [String: String] { Dictionary(map { ($0.name, $0.value) }) { $1 } }
}
