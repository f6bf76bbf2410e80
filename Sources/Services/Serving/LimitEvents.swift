import Definitions
import Events
import Synchronization

/// Tells the events that a pipeline refuses requests because the server is busy.
///
/// It looks at the counters now and then, so that a refusal costs nothing more.
final class LimitEvents: Sendable {
    private static let period = Duration.seconds(5)

    private let events: EventLog
    private let clock: any Clock<Duration>
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(events: EventLog, clock: any Clock<Duration>) {
        self.events = events
        self.clock = clock
    }

    func begin(_ metrics: @escaping @Sendable () async -> [PipelineMetrics]) {
        let watching = Task { [events, clock] in
            var watch = LimitWatch()
            var seconds = 0
            while !Task.isCancelled {
                // Models that are called directly have a name with an `@`. They are no pipelines.
                for metrics in await metrics() where !metrics.pipeline.hasPrefix("@") {
                    let name = metrics.pipeline
                    let refused = metrics.errorCounts()[.busy] ?? 0
                    guard let count = watch.news(of: name, refused: refused, atSecond: seconds) else { continue }
                    await events.record(
                        .limitReached,
                        on: .init(.pipeline, name),
                        "Pipeline '\(name)' refused \(count) \(count == 1 ? "request" : "requests") because the server was busy.",
                        details: ["refused": "\(count)"]
                    )
                }
                do { try await clock.sleep(for: Self.period) } catch { return }
                seconds += Int(Self.period.components.seconds)
            }
        }
        task.withLock { $0 = watching }
    }

    func close() { task.withLock { $0 }?.cancel() }
}

/// Decides when refusals are news: at most once a minute for each pipeline.
struct LimitWatch {
    private static let pause = 60

    private struct Told {
        var refused = 0
        var second: Int?
    }

    private var told: [String: Told] = [:]

    /// - Parameters:
    ///   - refused: The requests that were refused so far.
    ///   - second: The time since any moment.
    /// - Returns: How many were refused since the last news; `nil` if there are none to tell.
    mutating func news(of pipeline: String, refused: Int, atSecond second: Int) -> Int? {
        let last = told[pipeline, default: Told()]
        // A pipeline of the same name counts from zero after the first was deleted.
        guard refused >= last.refused else {
            told[pipeline] = nil
            return nil
        }
        guard refused > last.refused, last.second.map({ second - $0 >= Self.pause }) ?? true else { return nil }
        told[pipeline] = Told(refused: refused, second: second)
        return refused - last.refused
    }
}
