import Definitions
import Foundation
import InferenceLog
import Pipelines
import Tensors

/// Lets a candidate answer requests that the log holds, beside what the champion answered then.
struct Replay: Sendable {
    /// A candidate that hangs is not asked again and again.
    private static let timeoutLimit = 5
    /// The size of all entries, those of the champion included.
    private static let byteLimit = 1 << 30
    /// Someone waits for the report.
    private static let totalLimit = Duration.seconds(600)

    let subject: Monitoring.Subject
    let site: ReplaySite
    let candidate: ModelVersion
    /// The pipeline with the candidate in its place.
    let executable: ExecutablePipeline
    /// From the pipeline's inputs to those of ``executable``.
    let mapping: InputMapping
    /// How many requests are replayed at most.
    let requests: Int
    /// How long one run may take.
    let timeLimit: Duration
    /// Whether the goal is about validations, so that only inferences with the validations of today can be compared.
    let needsValidations: Bool

    /// Why requests are not replayed, with their numbers.
    struct LeftOut: Sendable {
        var otherAnswer = 0
        var failed = 0
        var hidden = 0
        var cut = 0
        var unreadable = 0
        var counted = 0
        var repeated = 0
        var tooLarge = 0
        var afterTimeouts = 0
        var tooLate = 0
    }

    /// The entries of the champion and the candidate, and what is missing.
    struct Result {
        var batches: [LogBatch]
        var leftOut: LeftOut
        var replayed = 0
        /// Those that are older than the candidate, so that it may have learned from them.
        var older = 0
    }

    private struct Place {
        let batch: Int
        let entry: Int
    }

    /// Runs the candidate on the newest requests. Blocks.
    ///
    /// - Parameters:
    ///   - batches: The log, oldest first.
    ///   - excluded: The units that an earlier step of a release has counted.
    ///   - folder: For the entries.
    func run(
        _ batches: [LogBatch],
        excluding excluded: Set<UInt64>,
        folder: String,
        _ cancellation: ReplayCancellation
    ) throws -> Result {
        var leftOut = LeftOut()
        let places = choose(batches, excluded, &leftOut)
        let log = TemporaryLog(folder: folder)
        let subject = LogSubject(
            modelName: candidate.model,
            modelVersion: candidate.id,
            role: .challenger,
            pipelineName: self.subject.name,
            pipelineVersion: self.subject.pipeline.version.id,
            policy: LogPolicy(maxBytes: .max)
        )
        let clock = ContinuousClock()
        let end = clock.now + Self.totalLimit
        var timeouts = 0
        var (replayed, older) = (0, 0)
        let created = candidate.createdAt.microseconds / 1000
        for (position, place) in places.enumerated() {
            guard timeouts < Self.timeoutLimit else {
                leftOut.afterTimeouts = places.count - position
                break
            }
            guard clock.now < end else {
                leftOut.tooLate = places.count - position
                break
            }
            guard log.byteCount < Self.byteLimit else {
                leftOut.tooLarge = places.count - position
                break
            }
            let batch = batches[place.batch]
            guard let request = request(batch, place.entry) else {
                leftOut.unreadable += 1
                continue
            }
            let answer = answer(request.inputs, cancellation)
            if cancellation.isCancelled { throw CancellationError() }
            if answer.isLate { timeouts += 1 }
            try batch.withLine(at: place.entry) { try log.append($0) }
            var record = InferenceRecord(
                time: batch.times[place.entry],
                id: batch.id(at: place.entry),
                subject: subject,
                elapsed: answer.elapsed,
                checkFailures: answer.checkFailures,
                input: .json(request.json),
                output: answer.output
            )
            record.unit = batch.unit(at: place.entry)
            try log.append(record)
            replayed += 1
            if record.time < created { older += 1 }
        }
        return Result(batches: try log.finish(), leftOut: leftOut, replayed: replayed, older: older)
    }

    // MARK: Choice

    /// Returns the newest inferences that can be replayed, oldest first.
    private func choose(_ batches: [LogBatch], _ excluded: Set<UInt64>, _ leftOut: inout LeftOut) -> [Place] {
        var places: [Place] = []
        // A label belongs to the newest inference with its id, and so does a pair.
        var ids: Set<UInt64> = []
        let versions = Dictionary(subject.versions.map { ($0.id, $0) }) { first, _ in first }
        for (index, batch) in batches.enumerated().reversed() {
            let answers = batch.subjects.map { $0.role == "champion" ? isComparable($0, versions) : nil }
            let hidden = batch.subjects.map { versions[$0.pipelineVersion].map(hidesInputs) ?? true }
            let units = CountedUnits(batch, hashKey: subject.pipeline.version.hashKey)
            for range in batch.entryRanges.reversed() {
                for entry in range.reversed() {
                    guard places.count < requests else { return places.reversed() }
                    let code = Int(batch.subjectCodes[entry])
                    guard let isComparable = answers[code] else { continue }
                    let flags = batch.flags(at: entry)
                    if !ids.insert(batch.idHashes[entry]).inserted {
                        leftOut.repeated += 1
                    } else if !isComparable {
                        leftOut.otherAnswer += 1
                    } else if flags.contains(.failed) {
                        leftOut.failed += 1
                    } else if hidden[code] {
                        leftOut.hidden += 1
                    } else if flags.contains(.omitted) || flags.contains(.cut) {
                        leftOut.cut += 1
                    } else if excluded.contains(units[entry]) {
                        leftOut.counted += 1
                    } else {
                        places.append(Place(batch: index, entry: entry))
                    }
                }
            }
        }
        return places.reversed()
    }

    private func isComparable(_ entry: LogEntrySubject, _ versions: [String: PipelineVersion]) -> Bool {
        guard let version = versions[entry.pipelineVersion] else { return false }
        return site.isAnswered(by: version, entry.modelVersion)
            && (!needsValidations || version.validations == subject.pipeline.version.validations)
    }

    /// Whether the log of a version lacks inputs, or has something else in their place. Keys are not needed.
    private func hidesInputs(_ version: PipelineVersion) -> Bool {
        guard let log = version.monitoring.log else { return false }
        return (log.omit + log.mask).contains { !version.keys.contains($0) }
    }

    // MARK: Requests

    /// Returns the inputs of an inference as the candidate takes them, and as the log has them; `nil` if the log cannot be read so.
    private func request(_ batch: LogBatch, _ entry: Int) -> (inputs: [Tensor], json: [UInt8])? {
        let plan = subject.plans[batch.subject(at: entry).pipelineVersion]
        return batch.withLine(at: entry) { line in
            guard let json = try? Self.originalData(of: line),
                let decoded = try? NamedInputs(json: json, inputs: subject.layout.inputs, keys: plan?.keys ?? []),
                let inputs = try? mapping.apply(decoded.inputs, model: candidate.model)
            else { return nil }
            return (inputs, Array(json))
        }
    }

    private static func originalData(
        of line: UnsafeRawBufferPointer
    ) throws(JSONError) -> UnsafeRawBufferPointer? {
        var cursor = try JSONCursor(line)
        try cursor.expect(UInt8(ascii: "{"), "'{'")
        var first = true
        var name = ""
        while try cursor.nextKey(first: &first, into: &name) {
            let start = cursor.offset
            try cursor.skipValue()
            if name == "original_data" { return UnsafeRawBufferPointer(rebasing: line[start..<cursor.offset]) }
        }
        return nil
    }

    private struct Answer: Sendable {
        var output: InferenceRecord.Output
        var checkFailures: [UInt8]?
        /// Nanoseconds.
        var elapsed: Int64 = 0
        var isLate = false
    }

    private func answer(_ inputs: [Tensor], _ cancellation: ReplayCancellation) -> Answer {
        let answer = cancellation.run(timeLimit) { [executable] cancellation in
            do throws(ExecutablePipeline.Failure) {
                let outcome = try executable.run(inputs, keys: [], cancellation: cancellation)
                return Answer(
                    output: .tensors(outcome.outputs),
                    checkFailures: outcome.checkFailures,
                    elapsed: Int64(outcome.modelTime)
                )
            } catch {
                return Answer(output: .error(error.error.message))
            }
        }
        return answer ?? Answer(output: .error("The candidate did not answer in time."), isLate: true)
    }
}
