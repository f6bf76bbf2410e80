import ArgumentParser
import Definitions
import Foundation
import RoostClient

struct Infer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send inputs to a deployed pipeline, and print the result.",
        discussion: #"The inputs are a JSON object with each input under its name: {"tensor": [[1.0, 2.0]]}"#
    )

    @OptionGroup var options: ClientOptions
    @Argument(help: "Name of the pipeline.") var pipeline: String
    @Option(name: .shortAndLong, help: "File with the inputs; - for standard input.", completion: .file()) var file:
        String?
    @Argument(help: "Inputs as JSON.") var body: String?

    func validate() throws {
        guard (file == nil) != (body == nil) else {
            throw ValidationError("Pass the inputs either as an argument or with --file.")
        }
    }

    func run() async throws {
        try await reportingErrors {
            var data = body.map { Data($0.utf8) }
            if let file {
                data =
                    file == "-"
                    ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: file)
            }
            guard let data else {
                throw RoostError(.notFound, "There is no readable file '\(file ?? "")'.", field: "file")
            }
            let result = try await options.client.infer(pipeline, body: data)
            Output.write(result + [UInt8(ascii: "\n")])
        }
    }
}
