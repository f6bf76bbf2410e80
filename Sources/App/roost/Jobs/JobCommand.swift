public import ArgumentParser
public import Definitions
import Foundation
import NativeAPI
import RoostClient

struct JobCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job",
        abstract: "List, show, follow and stop training, tuning and transform jobs, and learning curves.",
        subcommands: [List.self, Show.self, Logs.self, Stop.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List jobs, newest first.")
        @OptionGroup var options: ClientOptions
        @Option(help: "Only jobs of this kind.") var kind: JobKind?
        @Option(help: "Only jobs with this status.")
        var status: JobState.Status?
        @Option(help: "Only the trials of this tuning job.", completion: ServerNames.tuningJobs) var tuningJob: String?
        @Option(name: .shortAndLong, help: "Maximum number of jobs of each kind.") var limit = 50

        func run() async throws {
            try await reportingErrors {
                var filter = RoostClient.JobFilter()
                filter.status = status
                filter.limit = limit
                var found: [any Job] = []
                if let tuningJob { _ = try await options.client.job(TuningJob.self, tuningJob) }
                let kinds = tuningJob != nil ? [JobKind.training] : kind.map { [$0] } ?? JobKind.allCases
                for kind in kinds {
                    filter.tuningJob = kind == .training ? tuningJob : nil
                    switch kind {
                    case .training: found += try await options.client.jobs(TrainingJob.self, filter).jobs
                    case .tuning: found += try await options.client.jobs(TuningJob.self, filter).jobs
                    case .transform: found += try await options.client.jobs(TransformJob.self, filter).jobs
                    case .learningCurve: found += try await options.client.jobs(LearningCurve.self, filter).jobs
                    }
                }
                found.sort { $0.state.createdAt > $1.state.createdAt }
                if options.json { return try Output.json(found.map(AnyJob.init)) }
                Output.table(
                    ["NAME", "KIND", "STATUS", "PROGRESS", "CREATED"],
                    found.map {
                        [
                            $0.name, type(of: $0).kind.rawValue, $0.state.status.rawValue, $0.progressText,
                            Output.time($0.state.createdAt),
                        ]
                    }
                )
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a job's state, phases and results.")
        @OptionGroup var options: ClientOptions
        @OptionGroup var named: JobArgument

        func run() async throws {
            try await reportingErrors {
                let job = try await named.find(options.client)
                if options.json { return try Output.json(AnyJob(job)) }
                print(
                    "\(job.name): \(type(of: job).kind.noun), \(job.state.status.rawValue), \(job.progressText)"
                )
                if let reason = job.state.failureReason { print(reason) }
                Output.table(
                    ["PHASE", "STARTED", "SECONDS", "MESSAGE"],
                    job.state.phases.map { phase in
                        let seconds = phase.endedAt.map {
                            String(format: "%.1f", $0.timeIntervalSince(phase.startedAt))
                        }
                        // The failure reason was printed above.
                        let message = phase.message == job.state.failureReason ? "" : phase.message
                        return [phase.name, Output.time(phase.startedAt), seconds ?? "-", message]
                    }
                )
                if let job = job as? TrainingJob {
                    for metric in job.metrics { print("\(metric.name) = \(metric.value)") }
                    if let model = job.model { print("Model: \(model)") }
                } else if let job = job as? TuningJob, let best = job.best {
                    print("Best: \(best)" + (job.bestValue.map { " (\($0))" } ?? ""))
                } else if let curve = job as? LearningCurve, let summary = curve.summary {
                    print(summary)
                }
            }
        }
    }

    struct Logs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print a job's output.")
        @OptionGroup var options: ClientOptions
        @OptionGroup var named: JobArgument
        @Flag(name: .shortAndLong, help: "Keep printing until the job ends.") var follow = false

        func run() async throws {
            try await reportingErrors {
                let job = try await named.find(options.client)
                let kind = type(of: job).kind
                let follower = try JobFollower(client: options.client, isQuiet: false)
                guard follow else { return try await follower.printLog(kind, job.name) }
                let ended: any Job =
                    switch kind {
                    case .training: try await follower.follow(TrainingJob.self, job.name)
                    case .tuning: try await follower.follow(TuningJob.self, job.name)
                    case .transform: try await follower.follow(TransformJob.self, job.name)
                    case .learningCurve: try await follower.follow(LearningCurve.self, job.name)
                    }
                JobFollower.sayEnd(of: ended, after: follower.lastLine)
            }
        }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stop a job.")
        @OptionGroup var options: ClientOptions
        @OptionGroup var named: JobArgument

        func run() async throws {
            try await reportingErrors {
                let job = try await named.find(options.client)
                let stopped: any Job =
                    switch type(of: job).kind {
                    case .training: try await options.client.stop(TrainingJob.self, job.name)
                    case .tuning: try await options.client.stop(TuningJob.self, job.name)
                    case .transform: try await options.client.stop(TransformJob.self, job.name)
                    case .learningCurve: try await options.client.stop(LearningCurve.self, job.name)
                    }
                if options.json { return try Output.json(AnyJob(stopped)) }
                print("\(stopped.name): \(stopped.state.status.rawValue)")
            }
        }
    }
}

/// A job on the command line. Jobs of different kinds may have the same name.
struct JobArgument: ParsableArguments {
    @Argument(help: "Name of the job.", completion: ServerNames.jobs) var name: String
    @Option(help: "Kind of the job, if jobs of several kinds have this name.") var kind: JobKind?

    func find(_ client: RoostClient) async throws -> any Job {
        for kind in kind.map({ [$0] }) ?? JobKind.allCases {
            do {
                switch kind {
                case .training: return try await client.job(TrainingJob.self, name)
                case .tuning: return try await client.job(TuningJob.self, name)
                case .transform: return try await client.job(TransformJob.self, name)
                case .learningCurve: return try await client.job(LearningCurve.self, name)
                }
            } catch let error as RoostError where error.code == .notFound && self.kind == nil {
                continue
            }
        }
        throw RoostError(.notFound, "There is no job '\(name)'.", field: "name")
    }
}

/// A job of any kind, as JSON.
private struct AnyJob: Encodable {
    private let job: any Job

    init(_ job: any Job) { self.job = job }

    func encode(to encoder: any Encoder) throws { try job.encode(to: encoder) }
}

extension Job {
    /// The job's progress, for a table's cell.
    fileprivate var progressText: String {
        switch self {
        case let job as TransformJob:
            "\(job.progress.objectsDone) of \(job.progress.objects) objects, \(job.progress.records) records"
        case let job as TuningJob: job.bestValue.map { "best \(String(format: "%.6g", $0))" } ?? "-"
        case let job as TrainingJob: job.metrics.last.map { "\($0.name) \(String(format: "%.6g", $0.value))" } ?? "-"
        case let curve as LearningCurve:
            "\(curve.points.count { $0.metric != nil }) of \(curve.definition.percents.count) sizes"
        default: "-"
        }
    }
}

extension JobKind: ExpressibleByArgument {}
extension JobState.Status: ExpressibleByArgument {}
