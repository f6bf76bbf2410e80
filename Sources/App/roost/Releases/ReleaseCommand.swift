import ArgumentParser
import Definitions
import Foundation
import RoostClient
import Words

struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Release a new model step by step, and go back if it is worse.",
        discussion: """
            A candidate first answers a small share of a pipeline's requests, and then more, stage by stage. If it fails \
            more often than the champion, or breaks another guardrail, the pipeline goes back by itself.
            """,
        subcommands: [
            List.self, Plan.self, Start.self, Status.self, Pause.self, Resume.self, Abort.self,
        ],
        defaultSubcommand: List.self
    )

    /// What names a release, for help texts.
    static let forms = "Release: its ID, the beginning of it, or the name of its pipeline."

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the releases, newest first.")
        @OptionGroup var options: ClientOptions
        @OptionGroup var place: WorkspaceFilter
        @Argument(help: "Name of a pipeline. (default: all)", completion: ServerNames.pipelines) var pipeline: String?

        func run() async throws {
            try await reportingErrors {
                let releases = try await options.client.releases(of: pipeline, in: place.workspace)
                if options.json { return try Output.json(releases) }
                Output.table(
                    ["ID", "PIPELINE", "CANDIDATE", "STATE", "STARTED", "BY"],
                    releases.map {
                        [
                            $0.id, $0.pipeline, $0.candidate.brief, ReleaseWords.state(of: $0).text,
                            Output.time($0.createdAt), $0.by ?? Numbers.none,
                        ]
                    },
                    ids: [0]
                )
            }
        }
    }

    struct Plan: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what a release would do, without starting it.")
        @OptionGroup var options: ClientOptions
        @OptionGroup var release: ReleaseOptions

        func run() async throws {
            try await reportingErrors {
                let plan = try await options.client.planRelease(release.definition())
                if options.json { return try Output.json(plan) }
                var page = Page.forOutput()
                page.add(plan)
                page.show()
            }
        }
    }

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Release a candidate step by step.")
        @OptionGroup var options: ClientOptions
        @OptionGroup var release: ReleaseOptions
        @Flag(help: "Show the release until it ends.") var follow = false

        func run() async throws {
            try await reportingErrors {
                let started = try await options.client.startRelease(release.definition(), by: Requester.name)
                if follow { return try await ReleaseFollower(options).follow(started.id) }
                if options.json { return try Output.json(started) }
                print("Started release \(started.id)")
                print("Watch it with: roost release status \(started.pipeline) --follow")
            }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a release: its stage, its guardrails, and the evidence.",
            discussion: "With --follow, the exit status is 1 unless the candidate is promoted."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "\(ReleaseCommand.forms)", completion: ServerNames.pipelines) var release: String
        @Flag(help: "Show it until it ends.") var follow = false

        func run() async throws {
            try await reportingErrors {
                if follow { return try await ReleaseFollower(options).follow(release) }
                let status = try await options.client.release(release)
                if options.json { return try Output.json(status) }
                var page = Page.forOutput()
                page.add(status)
                page.show()
            }
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep a release from going on to its next step. It is still watched."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "\(ReleaseCommand.forms)", completion: ServerNames.pipelines) var release: String

        func run() async throws {
            try await ReleaseCommand.change(options, "Paused") {
                try await $0.pauseRelease(release, by: Requester.name)
            }
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a paused release go on.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "\(ReleaseCommand.forms)", completion: ServerNames.pipelines) var release: String

        func run() async throws {
            try await ReleaseCommand.change(options, "Resumed") {
                try await $0.resumeRelease(release, by: Requester.name)
            }
        }
    }

    struct Abort: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a release, and go back to what answered before it."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "\(ReleaseCommand.forms)", completion: ServerNames.pipelines) var release: String

        func run() async throws {
            try await ReleaseCommand.change(options, "Aborting") {
                try await $0.abortRelease(release, by: Requester.name)
            }
        }
    }

    fileprivate static func change(
        _ options: ClientOptions,
        _ verb: String,
        _ make: (RoostClient) async throws -> Release
    ) async throws {
        try await reportingErrors {
            let release = try await make(options.client)
            if options.json { return try Output.json(release) }
            print("\(verb) release \(release.id) of pipeline \(release.pipeline)")
        }
    }
}
