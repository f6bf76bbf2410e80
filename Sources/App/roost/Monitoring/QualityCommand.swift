import ArgumentParser
import Definitions
import RoostClient

struct QualityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quality",
        abstract: "Show how good a pipeline's models were, as far as labels say."
    )

    @OptionGroup var options: ClientOptions
    @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var name: String
    @Option(help: "Only this model.") var model: String?
    @Option(help: "Input or output by whose values the rows are grouped, such as inputs.age or outputs[0][0].")
    var by: String?
    @Option(help: "Number of groups with equally many rows into which numbers are divided.") var bins: Int?
    @Option(help: "Length of the periods, such as 1h or 1d.", transform: Period.seconds) var every: Int?
    @Option(help: "Number of the worst mistakes to list.") var worst: Int?
    @OptionGroup var window: WindowOptions

    func run() async throws {
        try await reportingErrors {
            var filter = RoostClient.QualityFilter()
            filter.start = window.start
            filter.end = window.end
            filter.model = model
            filter.by = by
            filter.bins = bins
            filter.every = every
            filter.worst = worst
            let report = try await options.client.quality(of: name, filter)
            if options.json { return try Output.json(report) }
            var page = Page.forOutput()
            page.add(report)
            page.show()
        }
    }
}

struct CounterfactualCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "counterfactual",
        abstract: "Estimate what a metric would have been if another policy had chosen.",
        discussion: "The policy sends all units to one arm, decides by another condition, or both."
    )

    @OptionGroup var options: ClientOptions
    @Argument(help: "Name of the pipeline.", completion: ServerNames.pipelines) var name: String
    @Option(help: "Arm to which all units would have gone.") var arm: String?
    @Option(help: "Condition that replaces the metric's, such as 'outputs[0][0] > 0.4'.") var decision: String?
    @Option(help: "Metric to estimate. (default: the goal of the pipeline's definition)") var metric: String?
    @OptionGroup var window: WindowOptions
    @Option(help: "ID of an earlier experiment. (default: the current one)") var experiment: String?

    func validate() throws {
        guard arm != nil || decision != nil else { throw ValidationError("Pass --arm, --decision, or both.") }
    }

    func run() async throws {
        try await reportingErrors {
            let request = CounterfactualRequest(
                arm: arm,
                decision: decision,
                metric: metric.map { GoalMetric(metric: $0) },
                start: window.start,
                end: window.end,
                experiment: experiment
            )
            let report = try await options.client.counterfactual(of: name, request)
            if options.json { return try Output.json(report) }
            var page = Page.forOutput()
            page.add(report)
            page.show()
        }
    }
}
