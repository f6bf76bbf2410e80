public import ArgumentParser
public import Definitions
import Foundation
import NativeAPI

/// What a release is to do, from a file or from options.
struct ReleaseOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "File with the definition, JSON or YAML; - for standard input.",
        completion: .file()
    )
    var file: String?
    @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var pipeline: String?
    @Argument(
        help: "Candidate: NAME@VERSION of a model, or NAME for its newest version.",
        completion: ServerNames.modelVersions
    )
    var candidate: ModelReference?
    @Option(
        help: "Name of the model that the candidate replaces. (default: the only one)",
        completion: ServerNames.models
    )
    var replaces: String?
    @Option(help: "Shares of the stages, in percent. (default: 1,10,50)") var stages: String?
    @Option(help: "Minimum time of each stage, such as 30m. (default: 10m)") var every: TimeSpan?
    @Option(help: "Minimum number of units that the candidate answers in each stage. (default: 100)") var units: Int?
    @Option(help: "Number of logged requests to replay first. (default: none)") var replay: Int?
    @Option(help: "Minimum time beside the champion before it answers, such as 1h. (default: none)")
    var shadow: TimeSpan?
    @Option(help: "Metric that decides. (default: the goal of the pipeline's definition)") var goal: String?
    @Option(help: "What the promotion needs: safe, better or manual. (default: safe)")
    var promote: ReleaseDefinition.Promotion?
    @Option(help: "Key that decides who answers, such as a customer. (default: each request on its own)")
    var hashKey: String?

    func validate() throws {
        guard (file == nil) == (candidate != nil) else {
            throw ValidationError("Pass a file with --file, or the names of a pipeline and of a candidate.")
        }
        let others: [Any?] = [replaces, stages, every, units, replay, shadow, goal, promote, hashKey]
        guard file == nil || others.allSatisfy({ $0 == nil }) else {
            throw ValidationError("With --file, the file has the whole definition. Remove the other options.")
        }
        _ = try shares()
    }

    func definition() throws -> ReleaseDefinition {
        if let file {
            let documents = try DefinitionText.documents(in: file)
            guard documents.count == 1 else {
                throw RoostError(.invalidInput, "'\(file)' has several definitions.", field: "file")
            }
            return try documents[0].decode(ReleaseDefinition.self)
        }
        guard let pipeline, let candidate else { throw ValidationError("A pipeline and a candidate are required.") }
        return ReleaseDefinition(
            pipeline: pipeline,
            candidate: candidate,
            replaces: replaces,
            hashKey: hashKey,
            goal: goal.map { GoalMetric(metric: $0) },
            replay: replay,
            shadow: shadow.map { .init(duration: $0, units: units ?? ReleaseDefinition.Stage.defaultUnits) },
            stages: try shares().map {
                .init(
                    share: $0,
                    duration: every ?? ReleaseDefinition.Stage.defaultDuration,
                    units: units ?? ReleaseDefinition.Stage.defaultUnits
                )
            },
            promote: promote ?? .safe
        )
    }

    private func shares() throws -> [Double] {
        guard let stages else { return ReleaseDefinition.defaultStages.map(\.share) }
        return try stages.split(separator: ",", omittingEmptySubsequences: false).map { text in
            let text = text.trimmingCharacters(in: .whitespaces)
            guard let percent = Double(text.hasSuffix("%") ? String(text.dropLast()) : text), percent > 0,
                percent <= 100
            else { throw ValidationError("'\(text)' is not a percentage. Expected --stages 1,10,50, for example.") }
            return percent / 100
        }
    }
}

extension TimeSpan: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension ReleaseDefinition.Promotion: ExpressibleByArgument {}

/// Who asks for something, for the server's records.
enum Requester {
    static var name: String? {
        let name = ProcessInfo.processInfo.userName.filter { !$0.isNewline }
        return name.isEmpty ? nil : String(decoding: name.utf8.prefix(128), as: UTF8.self)
    }
}
