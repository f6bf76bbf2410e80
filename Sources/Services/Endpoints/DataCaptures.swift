import Buckets
package import Definitions
package import Foundation
import Logging
import Platform
import Processes
import Serving
import Synchronization
import WorkThreads

/// Captures requests to endpoints and their responses, and stores them in a bucket.
///
/// An invocation only adds itself to a queue in memory. One object per variant is written a few seconds later. The
/// queue is bounded: further invocations are dropped and counted. Invocations still queued when the server is killed are lost.
package final class DataCaptures: Sendable {
    /// The longest time that a captured invocation waits to be written.
    static let interval: Duration = .seconds(5)
    /// Bytes that may be queued; further invocations are dropped.
    private static let capacity = 64 << 20
    /// Bytes above which the queue is written at once.
    private static let enough = 8 << 20

    /// An invocation that was captured, in the format of the API that answered it.
    private struct Line {
        var time: Date
        var byteCount: Int
        var make: @Sendable () -> Data
    }

    private struct Key: Hashable {
        var endpoint: String
        var variant: String
    }

    /// The queued invocations of one variant, with the capture of their time: the endpoint may change before they are written.
    private struct Batch {
        var capture: CaptureDefinition
        var lines: [Line] = []
    }

    private struct State {
        var captures: [String: CaptureDefinition] = [:]
        var waiting: [Key: Batch] = [:]
        var byteCount = 0
        var dropped = 0
    }

    private let platform: Platform
    private let logger: Logger
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Date
    private let state = Mutex(State())
    /// One flush at a time, so that what was captured before a flush is written after it.
    private let flushes = Turnstile(capacity: 1)
    /// The number of endpoints that capture. Most servers have none; then an invocation costs only one atomic load.
    private let count = Atomic<Int>(0)

    init(platform: Platform, logger: Logger, clock: any Clock<Duration>, now: @escaping @Sendable () -> Date) {
        self.platform = platform
        self.logger = logger
        self.clock = clock
        self.now = now
    }

    /// Sets how an endpoint captures.
    ///
    /// - Parameter definition: `nil` stops the endpoint's capture.
    func set(_ definition: CaptureDefinition?, of endpoint: String) {
        let capture = definition.flatMap { $0.isEnabled ? $0 : nil }
        state.withLock {
            $0.captures[endpoint] = capture
            count.store($0.captures.count, ordering: .relaxed)
        }
    }

    /// Whether any endpoint captures: if not, an invocation need not prepare anything.
    package var isActive: Bool { count.load(ordering: .relaxed) > 0 }

    /// Queues an invocation if the endpoint captures and sampling selects it.
    ///
    /// - Parameters:
    ///   - byteCount: About what the line takes in memory until it is written.
    ///   - line: Makes the line to store, without a line break; called later, on another thread, if the invocation is captured.
    package func keep(
        _ endpoint: String,
        _ variant: String,
        byteCount: Int,
        line: @escaping @Sendable (CaptureDefinition, _ time: Date) -> Data
    ) {
        guard let capture = state.withLock({ $0.captures[endpoint] }),
            capture.percentage >= 100 || Int.random(in: 0..<100) < capture.percentage
        else { return }
        let time = now()
        let kept = Line(time: time, byteCount: byteCount + 256) { line(capture, time) }
        let (isFirst, isEnough) = state.withLock { state in
            guard state.byteCount + kept.byteCount <= Self.capacity else {
                state.dropped += 1
                return (false, false)
            }
            let wasEnough = state.byteCount > Self.enough
            let wasEmpty = state.byteCount == 0
            state.byteCount += kept.byteCount
            state.waiting[Key(endpoint: endpoint, variant: variant), default: Batch(capture: capture)].lines
                .append(kept)
            return (wasEmpty, !wasEnough && state.byteCount > Self.enough)
        }
        if isFirst {
            Task { [weak self, clock] in
                try? await clock.sleep(for: Self.interval)
                await self?.flush()
            }
        }
        if isEnough { Task { await flush() } }
    }

    /// Writes the invocations that were captured so far.
    package func flush() async { await flushes.pass { await writeAll() } }

    private func writeAll() async {
        let (waiting, dropped) = state.withLock { state in
            defer {
                state.waiting = [:]
                state.byteCount = 0
                state.dropped = 0
            }
            return (state.waiting, state.dropped)
        }
        if dropped > 0 {
            logger.warning(
                "Captured invocations dropped because they arrive faster than they can be written",
                metadata: ["count": "\(dropped)"]
            )
        }
        for (key, batch) in waiting {
            let byHour = Dictionary(grouping: batch.lines) {
                Int(saturating: $0.time.timeIntervalSince1970 / 3600)
            }
            for group in byHour.values {
                do {
                    try await write(group, key, batch.capture)
                } catch {
                    logger.error(
                        "Could not write captured invocations",
                        metadata: ["endpoint": "\(key.endpoint)", "count": "\(group.count)", "error": "\(error)"]
                    )
                }
            }
        }
    }

    private func write(_ lines: [Line], _ key: Key, _ capture: CaptureDefinition) async throws {
        guard let first = lines.first else { return }
        let path = platform.serving.scratchFolder + "/" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await offload {
            var text = Data()
            for line in lines {
                text.append(line.make())
                text.append(UInt8(ascii: "\n"))
            }
            try text.write(to: URL(filePath: path))
        }
        let name = "\(first.time.path)-\(UUID().uuidString.lowercased()).jsonl"
        let destination = try ObjectURI(capture.destination, field: "destination")
        try await platform.buckets.putFile(
            path,
            at: destination.appending("\(key.endpoint)/\(key.variant)/\(name)"),
            contentType: "application/jsonlines"
        )
    }
}

extension Date {
    /// The part of a capture object's key that states the time, such as `2021/02/08/10/05-33-127`.
    fileprivate var path: String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second, .nanosecond], from: self)
        return String(
            format: "%04d/%02d/%02d/%02d/%02d-%02d-%03d",
            parts.year ?? 0,
            parts.month ?? 0,
            parts.day ?? 0,
            parts.hour ?? 0,
            parts.minute ?? 0,
            parts.second ?? 0,
            (parts.nanosecond ?? 0) / 1_000_000
        )
    }
}
