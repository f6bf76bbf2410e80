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
        let data: Data
        if path == "-" {
            data = FileHandle.standardInput.readDataToEndOfFile()
        } else if let contents = FileManager.default.contents(atPath: path) {
            data = contents
        } else {
            throw RoostError(.notFound, "There is no readable file '\(path)'.", field: "file")
        }
        let definition = try YAMLDefinition(String(decoding: data, as: UTF8.self), of: "'\(path)'", field: "file")
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
