import ArgumentParser
import Functions

/// How functions run.
struct FunctionOptions: ParsableArguments {
    @Option(help: "Events that a function handles at once, unless it has a limit of its own; others wait.")
    var functionConcurrency = 10

    @Option(help: "Processes of all functions. Those that are free longest end first to make room.")
    var functionProcesses = 64

    @Option(help: "Seconds to keep a function's process without events.")
    var functionIdle = 600.0

    func validate() throws {
        try OptionRange.check(functionConcurrency, "function-concurrency", 1...1000)
        try OptionRange.check(functionProcesses, "function-processes", 1...10_000)
        try OptionRange.check(functionIdle, "function-idle", 1...OptionRange.day, " seconds")
    }

    var configuration: FunctionService.Configuration {
        var configuration = FunctionService.Configuration()
        configuration.concurrency = functionConcurrency
        configuration.processLimit = functionProcesses
        configuration.idleLimit = .seconds(functionIdle)
        return configuration
    }
}
