import Definitions
import Foundation
import Testing

@testable import Loops

@Suite("The progress of a run")
struct LoopProgressTests {
    private static let start = Date(timeIntervalSince1970: 1_000_000)
    private static let kinds: [LoopRun.StepKind] = [.build, .train, .tell]

    private static func run() -> LoopRun {
        LoopRun(
            id: "0a1b2c3d-0000-4000-8000-000000000000",
            loop: "weekly",
            pipeline: "houses",
            cause: .init(kind: .user, message: "Started by a user."),
            startedAt: start
        )
    }

    private static func time(_ seconds: Double) -> Date { start.addingTimeInterval(seconds) }

    @Test("A new run begins its first step")
    func beginning() {
        let progress = LoopProgress(Self.run(), Self.kinds)
        #expect(progress.next == .carryOut(.build))
        #expect(progress.run.steps.map(\.kind) == [.build])
        #expect(progress.run.steps[0].state == .running)
    }

    @Test("Steps come one after the other, and then the run has finished")
    func success() {
        var progress = LoopProgress(Self.run(), Self.kinds)
        progress.receive(.succeeded(finding: "10 rows.", .init()), at: Self.time(1))
        #expect(progress.next == .carryOut(.train))
        progress.receive(.noted(.init(job: "weekly-1")), at: Self.time(2))
        progress.receive(.succeeded(finding: "Trained.", .init(version: "houses@1")), at: Self.time(3))
        #expect(progress.run[.train]?.links == .init(job: "weekly-1", version: "houses@1"))
        #expect(progress.next == .carryOut(.tell))
        progress.receive(.succeeded(finding: "Done.", .init()), at: Self.time(4))
        #expect(progress.next == .end)
        #expect(progress.run.state == .finished)
        #expect(progress.run.endedAt == Self.time(4))
        #expect(progress.run.reason == nil)
        #expect(progress.run.steps.map(\.endedAt) == [1, 3, 4].map { Self.time($0) })
    }

    @Test("A step that fails ends the run, and the steps after it are not begun")
    func failure() {
        var progress = LoopProgress(Self.run(), Self.kinds)
        progress.receive(.failed("No labels."), at: Self.time(1))
        #expect(progress.next == .end)
        #expect(progress.run.state == .failed)
        #expect(progress.run.reason == "No labels.")
        #expect(progress.run.steps.map(\.state) == [.failed])
        let ended = progress
        progress.receive(.succeeded(finding: "Late.", .init()), at: Self.time(2))
        #expect(progress == ended)
    }

    @Test("An aborted run takes its step back before it ends")
    func abort() {
        var progress = LoopProgress(Self.run(), Self.kinds)
        progress.receive(.abort(by: "ann"), at: Self.time(1))
        #expect(progress.next == .takeBack(.build))
        #expect(progress.run.state == .aborting)
        // What comes of the step by then does not count.
        progress.receive(.succeeded(finding: "10 rows.", .init()), at: Self.time(2))
        progress.receive(.failed("Aborted."), at: Self.time(2))
        #expect(progress.next == .takeBack(.build))
        progress.receive(.takenBack, at: Self.time(3))
        #expect(progress.run.state == .aborted)
        #expect(progress.run.reason == "Aborted by ann.")
        #expect(progress.next == .end)
    }

    @Test("What comes next follows from the record alone")
    func restart() {
        var progress = LoopProgress(Self.run(), Self.kinds)
        let inputs: [LoopProgress.Input] = [
            .succeeded(finding: "10 rows.", .init()), .noted(.init(job: "j")), .abort(by: nil), .takenBack,
        ]
        for input in inputs {
            progress.receive(input, at: Self.time(1))
            let again = LoopProgress(progress.run, Self.kinds)
            #expect(again.next == progress.next)
            #expect(again.run == progress.run)
        }
    }
}

@Suite("What starts a loop")
struct LoopTriggerTests {
    private static func event(_ kind: EventKind, _ subject: Event.Subject, pipeline: String? = nil) -> Event {
        Event(
            sequence: 1,
            time: Date(timeIntervalSince1970: 0),
            kind: kind,
            subject: subject,
            message: "It happened.",
            details: pipeline.map { ["pipeline": $0] } ?? [:]
        )
    }

    @Test("An alert of the assay starts it, and no other event")
    func assay() throws {
        let trigger = try LoopTrigger(.init(assay: "size"))
        #expect(trigger.includes(Self.event(.assayAlert, .init(.assay, "size")), of: "l"))
        #expect(!trigger.includes(Self.event(.assayWarning, .init(.assay, "size")), of: "l"))
        #expect(!trigger.includes(Self.event(.assayAlert, .init(.assay, "price")), of: "l"))
    }

    @Test("A subject is also the pipeline of the event")
    func pipeline() throws {
        let trigger = try LoopTrigger(.init(event: "assay.*", subject: "houses"))
        #expect(trigger.includes(Self.event(.assayAlert, .init(.assay, "size"), pipeline: "houses"), of: "l"))
        #expect(!trigger.includes(Self.event(.assayAlert, .init(.assay, "size"), pipeline: "cars"), of: "l"))
    }

    @Test("What happens to the loop itself never starts it")
    func itself() throws {
        let trigger = try LoopTrigger(.init(event: "loop.*"))
        #expect(!trigger.includes(Self.event(.loopFinished, .init(.loop, "l")), of: "l"))
        #expect(trigger.includes(Self.event(.loopFinished, .init(.loop, "m")), of: "l"))
    }

    @Test("An interval comes at multiples of its length")
    func interval() throws {
        let trigger = try LoopTrigger(.init(every: TimeSpan(seconds: 3600)))
        #expect(trigger.next(after: Date(timeIntervalSince1970: 3600)) == Date(timeIntervalSince1970: 7200))
        #expect(trigger.next(after: Date(timeIntervalSince1970: 3599.5)) == Date(timeIntervalSince1970: 3600))
        #expect(trigger.next(after: .distantFuture) != nil)
    }

    @Test("Exactly one kind of trigger is declared")
    func one() {
        for trigger in [
            LoopDefinition.Trigger(), .init(assay: "a", labels: 3), .init(subject: "x", labels: 3), .init(labels: 0),
            .init(every: TimeSpan(seconds: .max)),
        ] {
            #expect(throws: RoostError.self) { try LoopTrigger(trigger) }
        }
    }
}

@Suite("The message of a loop")
struct LoopMessageTests {
    private static let run = LoopRun(
        id: "0a1b2c3d-0000-4000-8000-000000000000",
        loop: "weekly",
        pipeline: "houses",
        cause: .init(kind: .user, message: "Started by a user."),
        startedAt: Date(timeIntervalSince1970: 0)
    )

    @Test(
        "Placeholders are replaced",
        arguments: [
            ("{{loop}} of {{ pipeline }}: {{cause}}", "weekly of houses: Started by a user."),
            ("{{version}}", "-"), ("no } placeholder }}", "no } placeholder }}"), ("{{run}}", "0a1b2c3d"),
        ]
    )
    func placeholders(text: String, expected: String) throws {
        #expect(try LoopMessage(text).text(about: Self.run) == expected)
    }

    @Test("Other placeholders are refused", arguments: ["", "{{nope}}", "{{loop", "{{{{loop}}}}"])
    func unknown(text: String) { #expect(throws: RoostError.self) { try LoopMessage(text) } }
}
