import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

struct Infer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send inputs to a deployed pipeline, and print the outputs.",
        discussion: #"""
            The inputs are a JSON object with each input under its name: {"tensor": [[1.0, 2.0]]}. For programs, --json prints \#
            the whole response.
            """#
    )

    @OptionGroup var options: ClientOptions
    @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var pipeline: String
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
            let data = try file.map(InputFile.read) ?? Data((body ?? "").utf8)
            let response = try await options.client.infer(pipeline, body: data)
            if options.json { return Output.write(response + [UInt8(ascii: "\n")]) }
            let inference = try JSONDecoder().decode(InferenceAnswer.self, from: response)
            var page = Page.forOutput()
            page.add(inference, await names(for: inference), result: try InferenceAnswer.functionResult(in: response))
            page.show()
        }
    }

    /// Returns the names of all models' outputs. A model that has been deleted meanwhile is left out.
    private func names(for inference: InferenceAnswer) async -> OutputNames {
        guard let pipeline = try? await options.client.pipeline(pipeline) else { return OutputNames(byModel: [:]) }
        let versions = pipeline.deployment?.models ?? []
        var byModel: [String: [String]] = [:]
        for model in [inference.model] + inference.challengers.keys {
            let version =
                model == inference.model ? inference.version : versions.first { $0.model == model }?.version
            let reference = ModelReference(name: model, version: version)
            let found = try? await options.client.version(reference, in: pipeline.workspace)
            byModel[model] = found?.signature.outputs.map(\.name)
        }
        return OutputNames(byModel: byModel)
    }
}
