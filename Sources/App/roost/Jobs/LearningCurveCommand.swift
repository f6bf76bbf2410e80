public import ArgumentParser
public import Definitions
import Foundation
import NativeAPI
import RoostClient
import Words

struct LearningCurveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "learning-curve",
        abstract: "Train with more and more of the data, and say whether more data would help.",
        discussion: """
            Starts training jobs with samples of the data in channel 'train' of an existing job, or of a definition in \
            YAML or JSON. If you interrupt the command, they continue; see 'roost job show'.
            """
    )

    @OptionGroup var options: ClientOptions
    @OptionGroup var start: StartOptions
    @Argument(help: "File with the definition of a training job; - for standard input.", completion: .file())
    var file: String?
    @Option(help: "Use the definition of this training job.", completion: ServerNames.jobs) var job: String?
    @Option(help: "Name of the learning curve. (default: made from the algorithm and the time)") var name: String?
    @Option(help: "Parts of the data in percent, such as 25,50,100. (default: 10,25,50,100)", transform: percents)
    var percents: [Int]?
    @Option(help: "Samples of each size. (default: \(LearningCurveDefinition.defaultRepeats))") var repeats: Int?
    @Option(
        help: "Share of the data to hold out if the job has no channel 'validation'. (default: 0.2)"
    )
    var holdout: Double?
    @Option(help: "Metric on held-out data, such as validation:rmse. (default: the only one)") var metric: String?
    @Option(help: "Whether the metric is to be minimized or maximized. (default: what its name says)")
    var direction: TuningDefinition.Objective.Direction?
    @Option(help: "Makes the samples repeatable. (default: 0)") var seed: UInt64?
    @Option(help: "Also write a picture to this file.", completion: .file()) var picture: String?

    func validate() throws {
        guard (file == nil) != (job == nil) else {
            throw ValidationError("Pass a definition file, or the --job whose definition is used.")
        }
        guard picture == nil || !start.detach else {
            throw ValidationError("--picture waits for the jobs, so it cannot be combined with --detach.")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let client = try options.client
            let curve = try await client.drawCurve(try definition())
            if start.detach { return options.json ? try Output.json(curve) : print(curve.name) }
            let interrupt = options.announce(curve, on: client)
            defer { interrupt.cancel() }
            var ended = 0
            let result = try await client.waitForJob(LearningCurve.self, curve.name) { curve in
                let count = curve.points.reduce(0) { $0 + $1.values.count { $0 != nil } }
                guard !options.json, count > ended else { return }
                ended = count
                Output.note("\(count) of \(curve.points.reduce(0) { $0 + $1.jobs.count }) training jobs have ended.")
            }
            if let picture { try write(try await client.curvePicture(result.name), toFile: picture, field: "picture") }
            if options.json {
                try Output.json(result)
            } else {
                var page = Page.forOutput()
                page.add(result)
                page.show()
            }
            try JobFollower.report(result)
        }
    }

    private func definition() throws -> LearningCurveDefinition {
        let training = try file.map {
            try DefinitionFile.read(TrainingDefinition.self, $0, changes: [:])
        }
        return LearningCurveDefinition(
            name: name
                ?? String(Name.madeUp(for: (training?.algorithm ?? job ?? "job") + "-curve", at: Date()).suffix(48)),
            job: job,
            training: training,
            percents: percents ?? LearningCurveDefinition.defaultPercents,
            repeats: repeats ?? LearningCurveDefinition.defaultRepeats,
            holdout: holdout ?? LearningCurveDefinition.defaultHoldout,
            metric: metric,
            direction: direction,
            seed: seed ?? 0
        )
    }

    private static func percents(_ text: String) throws -> [Int] {
        try text.split(separator: ",").map { part in
            guard let percent = Int(part.trimmingCharacters(in: .whitespaces)) else {
                throw ValidationError("'\(text)' is not a list of percents, such as 25,50,100.")
            }
            return percent
        }
    }
}

extension TuningDefinition.Objective.Direction: ExpressibleByArgument {
    /// In any case.
    public init?(argument: String) {
        guard let found = Self.allCases.first(where: { $0.rawValue.lowercased() == argument.lowercased() }) else {
            return nil
        }
        self = found
    }
}

extension Page {
    mutating func add(_ curve: LearningCurve) {
        title("Learning curve \(curve.name)")
        var facts: [(name: String, value: String)] = []
        if let metric = curve.metric {
            let direction = curve.direction == .maximize ? "higher is better" : "lower is better"
            facts.append((name: "metric", value: "\(metric), \(direction)"))
        }
        if let lines = curve.lines { facts.append((name: "training data", value: "\(Numbers.count(lines)) lines")) }
        if let lines = curve.heldOutLines { facts.append((name: "held out", value: "\(Numbers.count(lines)) lines")) }
        self.facts(facts)
        let decimals = Numbers.decimals(curve.points.map(\.metric))
        table(
            ["DATA", "LINES", "JOBS", "METRIC", "95 % INTERVAL"],
            curve.points.map { point in
                [
                    "\(point.percent) %", Numbers.count(point.lines),
                    "\(point.values.count { $0 != nil }) of \(point.jobs.count)",
                    point.metric.map { Numbers.fixed($0.value, decimals) } ?? Numbers.none,
                    point.metric?.interval.map { Numbers.interval($0, decimals) } ?? Numbers.none,
                ]
            },
            numbers: Set(0...3)
        )
        guard let summary = curve.summary else { return }
        add("")
        sentence(summary)
    }
}
