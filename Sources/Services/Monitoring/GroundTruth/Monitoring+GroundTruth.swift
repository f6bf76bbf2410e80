import Buckets
package import Definitions
package import Foundation
import InferenceLog
import Platform
import Serving
import WorkThreads

extension Monitoring {
    /// The maximum number of labels that one import from objects takes.
    private static let maxImported = 10_000_000

    /// Adds the labels of a request's body. All of them are stored, or none.
    ///
    /// - Throws: ``RoostError`` that names the first label that is wrong.
    package func addLabels(_ body: Data, _ format: LabelReader.Format, to name: String) async throws -> AddedLabels {
        let pipeline = try await platform.pipeline(named: name)
        let reader = reader(pipeline)
        let read = try await offload { try reader.read(body, format) }
        return try await store(read, of: pipeline)
    }

    /// Adds the labels of objects, such as SageMaker's records of ground truth. All of them are stored, or none.
    ///
    /// - Throws: ``RoostError`` that names the object and the first label that is wrong.
    package func addLabels(under uri: ObjectURI, to name: String) async throws -> AddedLabels {
        let pipeline = try await platform.pipeline(named: name)
        let reader = reader(pipeline)
        let objects = try await platform.buckets.objects(under: uri)
        guard !objects.isEmpty else {
            throw RoostError(.notFound, "There are no objects under '\(uri)'.", field: "s3_uri")
        }
        var read: [Label] = []
        var count = 0
        for object in objects where object.byteCount > 0 {
            guard object.byteCount <= 1 << 30, count <= Self.maxImported else {
                throw RoostError(
                    .tooLarge,
                    "An import can have objects of up to 1 GiB each, with \(Self.maxImported) labels in all. Import parts of it.",
                    field: "s3_uri"
                )
            }
            let copy = try await platform.buckets.localCopy(of: object)
            do {
                let labels = try await offload {
                    let data = try Data(contentsOf: URL(filePath: copy.path), options: .alwaysMapped)
                    return try reader.read(data, object.key.hasSuffix(".csv") ? .csv : .lines)
                }
                count += labels.reduce(0) { $0 + $1.values.count }
                read += labels
            } catch let error as RoostError {
                throw RoostError(error.code, "Object '\(object.key)': \(error.message)", field: "s3_uri")
            }
        }
        guard !read.isEmpty else {
            throw RoostError(.invalidInput, "The objects under '\(uri)' contain no labels.", field: "s3_uri")
        }
        return try await store(read, of: pipeline)
    }

    private func store(_ read: [Label], of pipeline: Pipeline) async throws -> AddedLabels {
        let oldest = oldest(pipeline)
        return try await platform.storing(for: pipeline) {
            try await offload { [labels] in
                try labels.append(read, of: pipeline.name, keepingSince: oldest)
                return AddedLabels(accepted: read.count)
            }
        }
    }

    private func reader(_ pipeline: Pipeline) -> LabelReader {
        LabelReader(
            pipeline: pipeline.name,
            keys: pipeline.version.keys,
            kind: pipeline.version.monitoring.labels?.kind,
            keyHash: platform.serving.keyHash,
            now: milliseconds(now())
        )
    }

    /// The time of the oldest label that may have an inference in the log.
    private func oldest(_ pipeline: Pipeline) -> Int64 {
        let kept = platform.serving.configuration.log.retentionAge / .milliseconds(1)
        let oldest = Double(milliseconds(now())) - kept - Double(Self.wait(pipeline))
        return oldest > -1e18 ? Int64(saturating: oldest) : .min
    }

    package func groundTruth(of name: String) async throws -> GroundTruthSummary {
        let pipeline = try await platform.pipeline(named: name)
        return try await offload { [labels] in
            var summary = GroundTruthSummary(
                labels: 0,
                byID: 0,
                byKey: 0,
                oldest: nil,
                newest: nil,
                waitHours: Double(Self.wait(pipeline)) / 3_600_000
            )
            labels.forEach(of: name) { label in
                summary.labels += 1
                if case .id = label.target { summary.byID += 1 } else { summary.byKey += 1 }
                let time = Date(milliseconds: label.time)
                summary.oldest = summary.oldest ?? time
                summary.newest = time
            }
            return summary
        }
    }
}
