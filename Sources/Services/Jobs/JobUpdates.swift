package import Definitions
import Foundation
import Synchronization

/// Tells those who wait what running jobs do.
package final class JobUpdates: Sendable {
    private struct Key: Hashable {
        let kind: JobKind
        let name: String
    }

    private typealias Listeners = [UUID: AsyncStream<MetricValue>.Continuation]

    private let listeners = Mutex<[Key: Listeners]>([:])

    /// The metrics of a job as they come; the end of the stream is the job's end.
    ///
    /// Ask for it first, and then look whether the job is over already: then the stream does not end by itself.
    package func metrics(of kind: JobKind, _ name: String) -> AsyncStream<MetricValue> {
        let id = UUID()
        let key = Key(kind: kind, name: name)
        let (stream, continuation) = AsyncStream.makeStream(
            of: MetricValue.self,
            bufferingPolicy: .bufferingNewest(10_000)
        )
        listeners.withLock { $0[key, default: [:]][id] = continuation }
        continuation.onTermination = { [weak self] _ in
            self?.listeners.withLock { _ = $0[key]?.removeValue(forKey: id) }
        }
        return stream
    }

    func tell(_ kind: JobKind, _ name: String, _ metric: MetricValue) {
        let continuations = listeners.withLock { $0[Key(kind: kind, name: name)].map { Array($0.values) } ?? [] }
        for continuation in continuations { continuation.yield(metric) }
    }

    /// The job is over, and its record says so.
    package func finish(_ kind: JobKind, _ name: String) {
        let continuations = listeners.withLock { $0.removeValue(forKey: Key(kind: kind, name: name)) }
        // Outside of the lock, which the end of a stream takes too.
        for continuation in (continuations ?? [:]).values { continuation.finish() }
    }
}
