package import Definitions
import Foundation
import Synchronization

/// Notifies listeners about the metrics and the end of running jobs.
package final class JobUpdates: Sendable {
    private struct Key: Hashable {
        let kind: JobKind
        let name: String
    }

    private typealias Listeners = [UUID: AsyncStream<MetricValue>.Continuation]

    private let listeners = Mutex<[Key: Listeners]>([:])

    /// Returns the metrics of a job as they are reported. The stream ends when the job ends.
    ///
    /// Create the stream first, then check whether the job has already ended: in that case the stream does not end by itself.
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

    /// Ends the streams of a job. Call it once the job's record says that it has ended.
    package func finish(_ kind: JobKind, _ name: String) {
        let continuations = listeners.withLock { $0.removeValue(forKey: Key(kind: kind, name: name)) }
        // Outside the lock, which the end of a stream also acquires.
        for continuation in (continuations ?? [:]).values { continuation.finish() }
    }
}
