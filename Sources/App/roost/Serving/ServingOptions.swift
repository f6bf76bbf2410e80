import ArgumentParser
import InferenceLog
import Serving

/// How requests run, and how long they are kept in the log.
struct ServingOptions: ParsableArguments {
    @Option(help: "Threads for expensive models. (default: one per core, at least 2)")
    var threads: Int?

    @Option(help: "Requests that may wait for one of these threads.")
    var queue = 1024

    @Option(help: "Seconds a request may run.")
    var timeout = 60.0

    @Option(help: "Seconds a response may wait for challengers.")
    var challengerTimeout = 1.0

    @Option(help: "Days to keep the inference log.")
    var logDays = 30.0

    @Option(help: "Maximum size of one pipeline's inference log, in MiB.")
    var logSize = 4096

    func validate() throws {
        try OptionRange.check(threads, "threads", OptionRange.threads)
        try OptionRange.check(queue, "queue", 1...1 << 20)
        try OptionRange.check(timeout, "timeout", 0.001...OptionRange.day, " seconds")
        try OptionRange.check(challengerTimeout, "challenger-timeout", 0.001...OptionRange.day, " seconds")
        try OptionRange.check(logDays, "log-days", 0.001...36_500, " days")
        try OptionRange.check(logSize, "log-size", OptionRange.mebibytes, " MiB")
    }

    var configuration: Serving.Configuration {
        var serving = Serving.Configuration()
        if let threads { serving.threadCount = threads }
        serving.queueCapacity = queue
        serving.runTimeLimit = .seconds(timeout)
        serving.challengerTimeLimit = .seconds(challengerTimeout)
        serving.log.retentionAge = .seconds(logDays * 86400)
        serving.log.retentionBytes = logSize << 20
        return serving
    }
}
