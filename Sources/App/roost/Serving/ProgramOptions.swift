import ArgumentParser
import Foundation
import Jobs
import Programs

/// How jobs and users' programs run.
struct ProgramOptions: ParsableArguments {
    @Option(help: "Training and transform jobs to run at once; others wait.")
    var jobs = 3

    @Option(help: "Threads of one job. (default: all cores but one, divided among the jobs)")
    var jobThreads: Int?

    @Option(
        help:
            """
            Maximum memory of a job, and of a program that serves a model, in MiB. (default: half of the machine's \
            memory, at most 8192)
            """
    )
    var jobMemory: Int?

    @Option(help: "Seconds a job may take to end after it is stopped.")
    var jobGrace = 120.0

    @Option(help: "Python that runs users' scripts and functions. (default: ROOST_PYTHON, or python3)")
    var python: String?

    func validate() throws {
        try OptionRange.check(jobs, "jobs", 1...1000)
        try OptionRange.check(jobThreads, "job-threads", OptionRange.threads)
        try OptionRange.check(jobMemory, "job-memory", OptionRange.mebibytes, " MiB")
        try OptionRange.check(jobGrace, "job-grace", 0...OptionRange.day, " seconds")
    }

    var configuration: JobService.Configuration {
        var configuration = JobService.Configuration()
        configuration.concurrency = jobs
        configuration.threadCount = jobThreads ?? max(1, (ProcessInfo.processInfo.activeProcessorCount - 1) / jobs)
        configuration.grace = .seconds(jobGrace)
        return configuration
    }

    /// - Parameter executable: The path of this binary.
    func host(executable: String) -> ProgramHost {
        var host = ProgramHost(executable: executable)
        let machine = ProcessInfo.processInfo
        host.memoryLimit = jobMemory.map { $0 << 20 } ?? min(8 << 30, Int(machine.physicalMemory / 2))
        host.python = python ?? machine.environment["ROOST_PYTHON"] ?? "python3"
        return host
    }
}
