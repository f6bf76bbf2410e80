import Definitions
import Foundation
import InferenceLog

/// An inference of the log, as a golden case has it.
struct LoggedExample: Sendable {
    let model: String
    let version: String
    let inputs: DocumentValue
    /// In the order of the outputs.
    let outputs: [DocumentValue]
    /// Nanoseconds.
    let elapsed: Int

    /// The most bytes of an entry that is used.
    private static let byteLimit = 4096

    private struct Entry: Decodable {
        struct Output: Decodable {
            let data: [DocumentValue]
            let dim: [Int]
        }

        let model_name: String
        let model_version: String
        let role: String
        let elapsed: Int
        let original_data: DocumentValue?
        let outputs: [[String: Output]]?
        let rows: DocumentValue?
        let omitted: DocumentValue?
        let error: String?
    }

    /// Returns the newest inferences with different inputs that can be used. Blocks.
    ///
    /// - Parameter allowedNames: The names that the inputs may have.
    static func newest(
        _ log: InferenceLog,
        of stream: String,
        names allowedNames: Set<String>,
        limit: Int
    ) -> [LoggedExample] {
        var cursor = log.entries(of: stream, LogQuery(limit: 1000))
        var found: [LoggedExample] = []
        var known: Set<DocumentValue> = []
        var hasMore = true
        while hasMore, found.count < limit {
            hasMore = cursor.next { line in
                guard line.count <= byteLimit, let example = LoggedExample(line, allowedNames),
                    known.insert(example.inputs).inserted
                else { return }
                found.append(example)
            }
        }
        return found
    }

    private init?(_ line: UnsafeRawBufferPointer, _ names: Set<String>) {
        guard let entry = try? JSONDecoder().decode(Entry.self, from: Data(line)), entry.role == "champion",
            entry.error == nil, entry.rows == nil, entry.omitted == nil, let logged = entry.outputs,
            case .object(let members)? = entry.original_data
        else { return nil }
        // Keys are not inputs.
        let inputs = members.filter { names.contains($0.key) || $0.key == "tensor" }
        var outputs: [DocumentValue] = []
        for each in logged {
            guard let output = each.values.first, let value = Self.nested(output.data[...], output.dim[...]) else {
                return nil
            }
            outputs.append(value)
        }
        guard !inputs.isEmpty, !outputs.isEmpty else { return nil }
        self.inputs = .object(inputs)
        self.outputs = outputs
        (model, version, elapsed) = (entry.model_name, entry.model_version, entry.elapsed)
    }

    /// Returns flat elements as nested lists; `nil` if the shape is not theirs.
    private static func nested(_ elements: ArraySlice<DocumentValue>, _ shape: ArraySlice<Int>) -> DocumentValue? {
        guard let length = shape.first else { return elements.count == 1 ? elements.first : nil }
        guard length >= 0 else { return nil }
        guard length > 0 else { return elements.isEmpty ? .list([]) : nil }
        guard elements.count % length == 0 else { return nil }
        let size = elements.count / length
        var parts: [DocumentValue] = []
        for part in 0..<length {
            let start = elements.startIndex + part * size
            guard let value = nested(elements[start..<(start + size)], shape.dropFirst()) else { return nil }
            parts.append(value)
        }
        return .list(parts)
    }
}
