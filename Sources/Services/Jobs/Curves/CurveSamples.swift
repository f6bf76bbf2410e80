import Buckets
import Definitions
import Encodings
import Foundation
import Platform
import WorkThreads

/// The samples of a learning curve's training data, as objects beside its jobs' output.
///
/// The samples of one repeat are nested: the larger one has all lines of the smaller. Which lines these are depends only on the seed
/// and their numbers, so that a server that is killed makes the same samples again.
struct CurveSamples: Sendable {
    static let byteLimit = 256 << 20
    static let lineLimit = 5_000_000
    static let objectLimit = 10_000
    /// Fewer lines than this say nothing.
    static let leastLines = 20

    let definition: LearningCurveDefinition
    let platform: Platform
    /// The prefix of the samples.
    let place: ObjectURI

    /// The number of lines for training, and of those that are held out; `nil` if the job has its own.
    struct Counts: Sendable {
        var training: Int
        var heldOut: Int?
    }

    init(_ definition: LearningCurveDefinition, platform: Platform) throws {
        self.definition = definition
        self.platform = platform
        place = try ObjectURI(definition.training?.output ?? "", field: "output").appending(
            "\(definition.name)/samples"
        )
    }

    static func uri(_ place: ObjectURI, percent: Int, sample: Int) -> ObjectURI {
        place.appending(percent == 100 ? "train-100/part" : "train-\(percent)-\(sample)/part")
    }

    static func heldOutURI(_ place: ObjectURI) -> ObjectURI { place.appending("held-out/part") }

    /// How many lines a part of all lines is.
    static func lineCount(percent: Int, of lines: Int) -> Int { max(1, lines * percent / 100) }

    /// Whether the data is text in which each line is a row.
    static func hasLines(_ channel: DataChannel, of training: TrainingDefinition) -> Bool {
        guard let type = channel.contentType else {
            switch AlgorithmName(training.algorithm).builtIn {
            case .xgboost, nil: return true
            case .linearLearner, .kmeans, .factorizationMachines: return false
            }
        }
        let name = type.split(separator: ";").first.map { $0.trimmingCharacters(in: .whitespaces).lowercased() } ?? ""
        return ["csv", "libsvm", "text/csv", "text/libsvm", "text/x-libsvm", "text/plain", "application/jsonlines"]
            .contains(name)
    }

    // MARK: Making

    /// A line of one of the objects, without its end.
    private struct Line {
        var file: UInt32
        var start: UInt32
        var end: UInt32
    }

    /// Stores the samples. Those of an earlier run are replaced.
    ///
    /// - Throws: ``JobError`` if the data is not text, or too small or too large.
    func make() async throws -> Counts {
        guard
            let channel = definition.training?.channels.first(where: { $0.name == LearningCurveDefinition.trainChannel }
            )
        else { throw JobError.client("there is no channel '\(LearningCurveDefinition.trainChannel)'.") }
        let items = try await JobInput(platform: platform).items(of: channel)
        let size = items.reduce(0) { $0 + $1.object.byteCount }
        // Each is mapped into memory.
        guard items.count <= Self.objectLimit else {
            throw JobError.client("the training data has \(items.count) objects. The limit is \(Self.objectLimit).")
        }
        guard size <= Self.byteLimit else {
            throw JobError.client("the training data is larger than the limit of \(Bytes.text(Self.byteLimit)).")
        }
        let files = try await offload { [platform] in
            try items.map { item in
                guard let bytes = try platform.buckets.mappedBytes(of: item.object) else {
                    throw JobError.client("the object '\(item.object.key.prefix(200))' was replaced while it was read.")
                }
                return bytes
            }
        }
        let lines = try await offload { try Self.lines(of: files) }
        let all = Array(0..<UInt32(lines.count))
        var training = all
        var counts = Counts(training: lines.count, heldOut: nil)
        let type = channel.contentType
        if definition.holdsOut {
            let count = max(1, Int(saturating: (Double(lines.count) * definition.holdout).rounded()))
            let order = try await offload { [seed = definition.seed] in Self.shuffled(all, seed: seed, salt: 0) }
            try await store(order.prefix(count).sorted(), lines, files, at: Self.heldOutURI(place), type)
            training = order.dropFirst(count).sorted()
            counts = Counts(training: training.count, heldOut: count)
        }
        guard training.count >= Self.leastLines else {
            throw JobError.client(
                "there are \(training.count) lines of training data. A learning curve needs \(Self.leastLines)."
            )
        }
        for sample in 1...definition.repeats {
            let order = try await offload { [training, seed = definition.seed] in
                Self.shuffled(training, seed: seed, salt: UInt64(sample))
            }
            for percent in definition.percents where sample <= definition.sampleCount(percent: percent) {
                let chosen = order.prefix(Self.lineCount(percent: percent, of: training.count)).sorted()
                try await store(chosen, lines, files, at: Self.uri(place, percent: percent, sample: sample), type)
            }
        }
        return counts
    }

    /// Finds the lines that are not blank.
    private static func lines(of files: [Data]) throws -> [Line] {
        var lines: [Line] = []
        for (index, file) in files.enumerated() {
            try file.withUnsafeBytes { bytes in
                var start = 0
                while start < bytes.count {
                    let rest = bytes[start...]
                    let next = rest.firstIndex(of: 0x0A) ?? bytes.count
                    var end = next
                    if end > start, bytes[end - 1] == 0x0D { end -= 1 }
                    if rest[start..<end].contains(where: { $0 > 0x20 }) {
                        guard !rest[start..<end].contains(0) else {
                            throw JobError.client("the training data is not text: it has a NUL byte.")
                        }
                        guard lines.count < lineLimit else {
                            throw JobError.client("the training data has more than \(lineLimit) lines.")
                        }
                        // A file is smaller than the limit of all bytes.
                        lines.append(Line(file: UInt32(index), start: UInt32(start), end: UInt32(end)))
                    }
                    start = next + 1
                }
            }
        }
        return lines
    }

    /// Returns the numbers of lines in an order that depends only on the seed and the salt.
    static func shuffled(_ numbers: [UInt32], seed: UInt64, salt: UInt64) -> [UInt32] {
        let start = StableHash.mix(seed &+ 0x9E37_79B9_7F4A_7C15 &* (salt &+ 1))
        return numbers.map { (hash: StableHash.mix(start ^ UInt64($0)), number: $0) }
            .sorted { ($0.hash, $0.number) < ($1.hash, $1.number) }.map(\.number)
    }

    private func store(
        _ numbers: [UInt32],
        _ lines: [Line],
        _ files: [Data],
        at uri: ObjectURI,
        _ contentType: String?
    ) async throws {
        let writer = try await platform.buckets.beginObject()
        var rest = numbers[...]
        while !rest.isEmpty {
            let (piece, after) = try await Self.piece(of: rest, lines, files)
            try await writer.append(piece)
            rest = after
        }
        let object = ObjectRecord(
            key: uri.key,
            try await writer.finish(),
            contentType: contentType ?? "text/plain",
            modifiedAt: Date()
        )
        if try await platform.buckets.putObject(object, in: uri.bucket) == .noBucket {
            throw JobError.client("the bucket '\(uri.bucket)' does not exist.")
        }
    }

    /// Returns about a mebibyte of lines, and the numbers of those that follow.
    private static func piece(
        of numbers: ArraySlice<UInt32>,
        _ lines: [Line],
        _ files: [Data]
    ) async throws -> ([UInt8], ArraySlice<UInt32>) {
        try await offload {
            var piece: [UInt8] = []
            piece.reserveCapacity(1 << 20)
            var rest = numbers
            while piece.count < 1 << 20, let number = rest.popFirst() {
                let line = lines[Int(number)]
                let file = files[Int(line.file)]
                let first = file.startIndex + Int(line.start)
                piece.append(contentsOf: file[first..<(file.startIndex + Int(line.end))])
                piece.append(0x0A)
            }
            return (piece, rest)
        }
    }
}
