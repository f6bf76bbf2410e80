import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

extension FunctionCommand {
    struct Invoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Invoke a function with an event, and print its result.",
            discussion: """
                The event is any JSON document, by default {}. If the function fails, its error is printed on standard error \
                and the exit status is 1.
                """
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the function.", completion: ServerNames.functions) var name: String
        @Argument(help: "Event as JSON; - for standard input.") var event: String?
        @Option(name: .shortAndLong, help: "File with the event; - for standard input.", completion: .file())
        var file: String?
        @Option(help: "Version or alias of the function. (default: the current code)") var version: String?
        @Flag(help: "Let the server handle the event later, and print only the ID of the invocation.") var queue = false
        @Flag(help: "Print the end of the invocation's log on standard error.") var log = false

        func validate() throws {
            guard file == nil || event == nil else {
                throw ValidationError("Pass the event either as an argument or with --file.")
            }
        }

        func run() async throws {
            try await reportingErrors {
                let result = try await options.client.invokeFunction(
                    name,
                    event: payload(),
                    version: version,
                    isQueued: queue,
                    wantsLog: log
                )
                if let log = result.log { Output.note(log, terminator: log.hasSuffix("\n") ? "" : "\n") }
                if options.json {
                    Output.write(Data(result.json) + [UInt8(ascii: "\n")])
                } else if result.failed {
                    Output.note("Error: \(Self.describe(result.result ?? Data()))")
                } else {
                    Output.write((result.result ?? Data(result.id.utf8)) + [UInt8(ascii: "\n")])
                }
                if result.failed { throw ExitCode.failure }
            }
        }

        private func payload() throws -> Data {
            guard let file = file ?? (event == "-" ? "-" : nil) else { return Data((event ?? "{}").utf8) }
            return try InputFile.read(file)
        }

        /// Returns a function's error as Python prints it; as it is if it does not have the usual form.
        static func describe(_ error: Data) -> String {
            struct Description: Decodable {
                var errorType: String?
                var errorMessage: String
                var stackTrace: [String]?
            }
            guard let description = try? JSONDecoder().decode(Description.self, from: error) else {
                return String(decoding: error, as: UTF8.self)
            }
            let first = (description.errorType.map { "\($0): " } ?? "") + description.errorMessage
            let trace = (description.stackTrace ?? []).map { $0.hasSuffix("\n") ? String($0.dropLast()) : $0 }
            return ([first] + trace).joined(separator: "\n")
        }
    }
}
