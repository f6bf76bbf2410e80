import Buckets
package import Definitions
package import Foundation
import Platform
import WorkThreads

extension Monitoring {
    /// Adds the labels of a request's body. All of them are stored, or none.
    ///
    /// - Throws: ``RoostError`` that names the first label that is wrong.
    package func addLabels(_ body: Data, _ format: LabelReader.Format, to name: String) async throws -> AddedLabels {
        let subject = try await subject(name)
        let reader = LabelReader(
            pipeline: name,
            keys: subject.keys,
            kind: subject.settings.labels?.kind,
            now: milliseconds(now())
        )
        return try await offload { [labels] in
            let result = body.withUnsafeBytes { bytes in
                Result { () throws(RoostError) in try reader.read(bytes, format) }
            }
            let read = try result.get()
            try labels.append(read, of: name)
            return AddedLabels(accepted: read.count)
        }
    }

    /// Adds the labels of objects, such as SageMaker's records of ground truth.
    package func addLabels(under uri: ObjectURI, to name: String) async throws -> AddedLabels {
        let objects = try await platform.buckets.objects(under: uri)
        guard !objects.isEmpty else {
            throw RoostError(.notFound, "There are no objects under '\(uri)'.", field: "s3_uri")
        }
        var sum = 0
        for object in objects where object.byteCount > 0 {
            guard object.byteCount <= 1 << 30 else {
                throw RoostError(.tooLarge, "Object '\(object.key)' is larger than 1 GiB.", field: "s3_uri")
            }
            let copy = try await platform.buckets.localCopy(of: object)
            let data = try await offload { try Data(contentsOf: URL(filePath: copy.path), options: .alwaysMapped) }
            do {
                sum += try await addLabels(data, object.key.hasSuffix(".csv") ? .csv : .lines, to: name).accepted
            } catch let error as RoostError {
                throw RoostError(error.code, "Object '\(object.key)': \(error.message)", field: "s3_uri")
            }
        }
        return AddedLabels(accepted: sum)
    }

    package func groundTruth(of name: String) async throws -> GroundTruthSummary {
        let subject = try await subject(name)
        return try await offload { [labels] in
            var summary = GroundTruthSummary(
                labels: 0,
                byID: 0,
                byKey: 0,
                oldest: nil,
                newest: nil,
                waitHours: Double(subject.wait) / 3_600_000
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
