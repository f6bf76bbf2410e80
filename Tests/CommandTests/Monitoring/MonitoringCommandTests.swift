import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import Testing

@testable import roost

@Suite("Commands for labels, quality and reports")
struct MonitoringCommandTests {
    private func parse<Command>(_ type: Command.Type, _ arguments: String...) async throws -> Command {
        try #require(try await Roost.asyncParseAsRoot(arguments) as? Command)
    }

    @Test("a report is made by a pipeline's name alone")
    func report() async throws {
        let make = try await parse(
            ReportCommand.Make.self,
            "report",
            "churn",
            "--kind",
            "shadow",
            "--goal",
            "accuracy",
            "--smallest-effect",
            "0.01",
            "--start",
            "2026-11-20",
            "--end",
            "2026-11-21T08:00:00Z",
            "--experiment",
            "7",
            "--svg",
            "a.svg"
        )
        #expect(make.name == "churn")
        #expect(make.kind == .shadow)
        #expect(make.smallestEffect == 0.01)
        #expect(make.window.start == NativeCoding.date("2026-11-20T00:00:00Z"))
        #expect(make.window.end == NativeCoding.date("2026-11-21T08:00:00Z"))
        #expect(try await parse(ReportCommand.Make.self, "report", "--json", "churn").options.json)
        #expect(try await parse(ReportCommand.List.self, "report", "list", "churn").name == "churn")
        #expect(try await parse(ReportCommand.Show.self, "report", "show", "7").id == "7")
        #expect(try await parse(ReportCommand.Verify.self, "report", "verify", "7").id == "7")
        await #expect(throws: (any Error).self) {
            try await Roost.asyncParseAsRoot(["report", "churn", "--start", "yesterday"])
        }
    }

    @Test("the log is read by a pipeline's name alone, and entries are deleted by a value")
    func logs() async throws {
        #expect(try await parse(LogsCommand.Show.self, "logs", "churn", "--limit", "3").limit == 3)
        let delete = try await parse(
            LogsCommand.Delete.self,
            "logs",
            "delete",
            "churn",
            "--key",
            "user",
            "--value",
            "7",
            "-y"
        )
        #expect(delete.key == "user")
        #expect(delete.value == "7")
        #expect(delete.confirmation.yes)
        await #expect(throws: (any Error).self) {
            try await Roost.asyncParseAsRoot(["logs", "delete", "churn", "--key", "user"])
        }
    }

    @Test("labels come from a file, from S3, or from the command line")
    func labels() async throws {
        #expect(try await parse(LabelsCommand.Add.self, "labels", "add", "churn", "a.csv").file == "a.csv")
        #expect(try await parse(LabelsCommand.Add.self, "labels", "add", "churn", "--s3", "s3://b/k").uri == "s3://b/k")
        let one = try await parse(
            LabelsCommand.Add.self,
            "labels",
            "add",
            "churn",
            "--key",
            "order=A17",
            "--label",
            "1"
        )
        #expect(one.key == "order=A17")
        let negative = try await parse(LabelsCommand.Add.self, "labels", "add", "churn", "--id", "1", "--label", "-2.5")
        #expect(negative.label == "-2.5")
        #expect(try await parse(LabelsCommand.Status.self, "labels", "status", "churn").name == "churn")
    }

    @Test(
        "labels from nowhere or from two places are refused",
        arguments: [
            [], ["a.csv", "--s3", "s3://b/k"], ["--id", "1"], ["--label", "1"],
            ["--id", "1", "--key", "a=b", "--label", "1"], ["--key", "a", "--label", "1"], ["a.csv", "--row", "1"],
            ["--s3", "s3://b/k", "--format", "csv"], ["a.csv", "--format", "xml"],
        ]
    )
    func refusedLabels(arguments: [String]) async {
        await #expect(throws: (any Error).self) {
            try await Roost.asyncParseAsRoot(["labels", "add", "churn"] + arguments)
        }
    }

    @Test(
        "the format of labels follows the file's name",
        arguments: [("a.CSV", "text/csv"), ("a.json", "application/json"), ("-", "application/x-ndjson")]
    )
    func formats(file: String, contentType: String) {
        #expect(LabelFormat(fileName: file).contentType == contentType)
    }

    @Test(
        "a label is a number, a Boolean or a string",
        arguments: [
            ("1", "1"), ("-2.5", "-2.5"), ("true", "true"), ("yes", #""yes""#), (#""1""#, #""1""#), ("", #""""#),
            ("nan", #""nan""#), ("\"", #""\"""#),
        ]
    )
    func values(argument: String, json: String) throws {
        let label = OneLabel(id: "a", key: nil, label: argument, row: nil)
        #expect(
            String(decoding: try NativeCoding.encoder.encode(label), as: UTF8.self) == #"{"id":"a","label":\#(json)}"#
        )
    }

    @Test("a key has a name and a value, which may contain an equals sign")
    func key() throws {
        let label = OneLabel(id: nil, key: "order=A=17", label: "1", row: 2)
        #expect(
            String(decoding: try NativeCoding.encoder.encode(label), as: UTF8.self)
                == #"{"key":{"order":"A=17"},"label":1,"row":2}"#
        )
    }

    @Test(
        "a period has a unit",
        arguments: [("90s", 90), ("15m", 900), ("1h", 3600), ("1d", 86_400), ("2w", 1_209_600)]
    )
    func periods(text: String, seconds: Int) async throws {
        #expect(try Period.seconds(text) == seconds)
        let quality = try await parse(QualityCommand.self, "quality", "churn", "--every", text, "--by", "inputs.age")
        #expect(quality.every == seconds)
    }

    @Test("other periods are refused", arguments: ["", "h", "1", "0d", "-1d", "1y", "9223372036854775807w"])
    func refusedPeriods(text: String) { #expect(throws: ValidationError.self) { try Period.seconds(text) } }

    @Test("a counterfactual needs another policy")
    func counterfactual() async throws {
        let command = try await parse(CounterfactualCommand.self, "counterfactual", "churn", "--arm", "b")
        #expect(command.arm == "b")
        await #expect(throws: (any Error).self) { try await Roost.asyncParseAsRoot(["counterfactual", "churn"]) }
    }
}
