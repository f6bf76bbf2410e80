import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient
import Yams

/// What commands that start a job take beside the definition.
struct StartOptions: ParsableArguments {
    @Flag(help: "Do not wait for the job's end: print its name.")
    var detach = false
}

/// A job's definition in a file.
enum DefinitionFile {
    /// Reads JSON or YAML; `-` is standard input.
    static func read<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
        let data: Data
        if path == "-" {
            data = FileHandle.standardInput.readDataToEndOfFile()
        } else if let contents = FileManager.default.contents(atPath: path) {
            data = contents
        } else {
            throw RoostError(.notFound, "There is no readable file '\(path)'.", field: "file")
        }
        do {
            // JSON is YAML too.
            return try YAMLDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw RoostError(decoding: error)
        } catch {
            throw RoostError(.invalidInput, "'\(path)' is neither JSON nor YAML: \(error)", field: "file")
        }
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

/// A name for a job whose user gave none: what it works with, and the time.
func madeUpJobName(_ base: String) -> String {
    let format = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day().dateSeparator(.dash)
        .dateTimeSeparator(.standard).time(includingFractionalSeconds: true).timeSeparator(.omitted)
    let time = format.format(Date()).filter { $0.isASCII && ($0.isNumber || $0 == "-") }
    return "\(base.prefix(38))-\(time)"
}

/// What a command asks for where neither a file nor an option says it.
func required(_ value: String?, _ option: String) throws -> String {
    guard let value else { throw ValidationError("Give a definition's file, or the option '--\(option)'.") }
    return value
}
