import ArgumentParser
import Definitions
import Foundation
import TestSupport
import Testing

@testable import roost

@Suite("roost train")
struct TrainTests {
    private static let file = """
        name: trees
        algorithm: xgboost
        output: s3://bucket/out
        hyperparameters: {num_round: "3", eta: "0.1"}
        channels:
          - {name: train, uri: s3://bucket/train}
          - {name: validation, uri: s3://bucket/validation}
        """

    private func definition(_ arguments: [String], file: String? = nil) async throws -> TrainingDefinition {
        try await withTemporaryFolder { folder in
            var arguments = arguments
            if let file {
                try Data(file.utf8).write(to: URL(filePath: folder + "/job.yaml"))
                arguments.append(folder + "/job.yaml")
            }
            return try await TrainCommand.asyncParse(arguments).definition()
        }
    }

    @Test("options alone define a job, whose name is made up")
    func options() async throws {
        let definition = try await definition([
            "--algorithm", "xgboost", "--output", "s3://b/o", "--set", "num_round=3", "--channel", "train=s3://b/t",
            "--content-type", "text/csv", "--max-runtime", "60",
        ])
        #expect(definition.name.hasPrefix("xgboost-"))
        #expect(definition.output == "s3://b/o")
        #expect(definition.hyperparameters == ["num_round": "3"])
        #expect(definition.channels == [DataChannel(name: "train", uri: "s3://b/t", contentType: "text/csv")])
        #expect(definition.maxRuntime == 60)
    }

    @Test("options override the file")
    func overrides() async throws {
        let definition = try await definition(
            ["--name", "forest", "--set", "eta=0.5", "--channel", "train=s3://b/t"],
            file: Self.file
        )
        #expect(definition.name == "forest")
        #expect(definition.algorithm == "xgboost")
        #expect(definition.hyperparameters == ["num_round": "3", "eta": "0.5"])
        #expect(definition.channels.map(\.uri) == ["s3://bucket/validation", "s3://b/t"])
    }

    @Test("without a file, the missing option is named")
    func missing() async {
        await #expect {
            try await definition(["--algorithm", "xgboost"])
        } throws: { error in
            TrainCommand.message(for: error) == "Pass a definition file, or use the option '--output'."
        }
    }

    @Test("a file that is missing or has no fields is refused")
    func files() async throws {
        await #expect(throws: RoostError(.notFound, "There is no readable file '/no/such'.", field: "file")) {
            try await TrainCommand.asyncParse(["/no/such"]).definition()
        }
        await #expect {
            try await definition([], file: "- trees\n")
        } throws: { error in
            (error as? RoostError)?.message.hasSuffix("is not a definition: it has no fields.") == true
        }
    }

    @Test(
        "an assignment is split at its first equals sign",
        arguments: [("a=1", "a", "1"), ("a=", "a", ""), ("a=b=c", "a", "b=c")]
    )
    func assignments(text: String, name: String, value: String) throws {
        let assignment = try #require(Assignment(argument: text))
        #expect(assignment.name == name)
        #expect(assignment.value == value)
    }

    @Test("an assignment needs a name", arguments: ["a", "=1", ""])
    func invalidAssignments(text: String) { #expect(Assignment(argument: text) == nil) }
}
