import ArgumentParser
import Definitions
import RoostClient
import Testing

@testable import roost

@Suite("The command line")
struct RoostTests {
    private func parse<Command>(_ type: Command.Type, _ arguments: String...) async throws -> Command {
        try #require(try await Roost.asyncParseAsRoot(arguments) as? Command)
    }

    @Test("a group without a command lists")
    func defaults() async throws {
        _ = try await parse(PipelineCommand.List.self, "pipeline")
        _ = try await parse(JobCommand.List.self, "job")
        let list = try await parse(ModelCommand.List.self, "model", "-w", "blue", "--json")
        #expect(list.options.json)
    }

    @Test("jobs are chosen by kind and status")
    func jobs() async throws {
        let list = try await parse(
            JobCommand.List.self,
            "job",
            "list",
            "--kind",
            "tuning",
            "--status",
            "InProgress",
            "-l",
            "3"
        )
        #expect(list.kind == .tuning)
        #expect(list.status == .inProgress)
        #expect(list.limit == 3)
        await #expect(throws: (any Error).self) {
            try await Roost.asyncParseAsRoot(["job", "list", "--kind", "baking"])
        }
    }

    @Test(
        "a model reference is a name, with or without a version",
        arguments: [("m", "m", nil), ("m@7", "m", "7"), ("m@7@8", "m", "7@8")] as [(String, String, String?)]
    )
    func references(text: String, name: String, version: String?) throws {
        let reference = try #require(ModelReference(argument: text))
        #expect(reference == ModelReference(name: name, version: version))
    }

    @Test("a model reference needs a name", arguments: ["", "@7"])
    func namelessReferences(text: String) { #expect(ModelReference(argument: text) == nil) }

    @Test("the address of the server is an option of every command")
    func address() async throws {
        let show = try await parse(PipelineCommand.Show.self, "pipeline", "show", "fraud", "--url", "http://a:1/")
        #expect(show.name == "fraud")
        #expect(try show.options.client.baseURL == "http://a:1")
    }

    @Test("the commands that the server runs itself are not in the help")
    func hidden() {
        let help = Roost.helpMessage()
        #expect(help.contains("serve"))
        for name in ["inspect-model", "job-process", "batch-transform"] { #expect(!help.contains(name)) }
    }
}
