import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Show what happened on the server, newest events first.",
        discussion: "With --follow, the newest events come last, and new ones are added until ^C."
    )

    @OptionGroup var options: ClientOptions
    @Flag(name: .shortAndLong, help: "Keep printing new events until ^C.") var follow = false
    @Option(help: "Only events of this kind, or of a group such as 'release.*'.") var kind: String?
    @Option(help: "Only events about this pipeline.", completion: ServerNames.pipelines) var pipeline: String?
    @Option(help: "Only events about this subject: KIND or KIND:NAME, such as 'job:nightly'.") var subject: String?
    @Option(help: "Only events from this time on: \(TimeAgo.forms).", transform: TimeAgo.date) var since: Date?
    @Option(name: [.short, .customLong("limit")], help: "Maximum number of events.") var limit = 20

    /// How long a response may wait for an event, in seconds.
    private static let wait = 30

    func validate() throws {
        guard limit > 0 else { throw ValidationError("'--limit' must be at least 1, not \(limit).") }
    }

    func run() async throws {
        try await reportingErrors {
            let client = try options.client
            var filter = RoostClient.EventFilter()
            filter.kind = kind
            filter.pipeline = pipeline
            filter.subject = subject
            filter.since = since
            filter.limit = limit
            var list = try await client.events(filter)
            guard follow else {
                return options.json ? try Output.json(list.events) : Output.table(Self.header, list.events.map(\.cells))
            }
            list.events.reverse()
            var table = GrowingTable(Self.header, list.events.map(\.cells))
            if !options.json { print(table.header) }
            filter.limit = nil
            filter.since = nil
            while true {
                for event in list.events { try show(event, &table) }
                filter.after = list.next
                let start = ContinuousClock.now
                list = try await client.events(filter, wait: Self.wait)
                // A server that is about to stop does not wait.
                if list.events.isEmpty, ContinuousClock.now - start < .seconds(1) {
                    try await Task.sleep(for: .seconds(1))
                }
            }
        }
    }

    private static let header = ["TIME", "KIND", "SUBJECT", "MESSAGE"]

    private func show(_ event: Event, _ table: inout GrowingTable) throws {
        guard options.json else { return print(table.line(event.cells)) }
        Output.write(try NativeCoding.encoder.encode(event) + [UInt8(ascii: "\n")])
    }
}

extension Event {
    /// The columns of a table.
    fileprivate var cells: [String] {
        [Output.time(time), kind.rawValue, "\(subject.kind.rawValue) \(subject.name)", message]
    }
}
