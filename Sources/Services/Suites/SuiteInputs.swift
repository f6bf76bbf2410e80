import Definitions
import Foundation
import Pipelines
import Tensors

/// Reads what a definition says of inputs and outputs.
enum SuiteInputs {
    /// The largest size of a batch in bytes.
    private static let byteLimit = 1 << 30

    /// Decodes inputs as an inference does.
    ///
    /// - Throws: ``RoostError`` that names the field of the suite.
    static func inputs(_ value: DocumentValue, _ specs: [TensorSpec], field: String) throws -> [Tensor] {
        let json = try JSONEncoder().encode(value)
        do {
            return try json.withUnsafeBytes { bytes throws(RoostError) in
                try NamedInputs(json: bytes, inputs: specs, keys: []).inputs
            }
        } catch let error as RoostError {
            throw RoostError(error.code, error.message, field: "\(field).\(error.field ?? "inputs")")
        }
    }

    /// Decodes expected outputs.
    ///
    /// - Returns: The index of each output that is named, with its tensor.
    static func outputs(
        _ value: DocumentValue,
        _ specs: [TensorSpec],
        field: String
    ) throws -> [(output: Int, tensor: Tensor)] {
        guard case .object(let members) = value else { return [] }
        var found: [(output: Int, tensor: Tensor)] = []
        for (name, content) in members.sorted(by: { $0.key < $1.key }) {
            guard let index = specs.firstIndex(where: { $0.name == name }) else {
                throw RoostError(
                    .invalidInput,
                    "Unknown output '\(name.prefix(80))'. Expected: \(specs.map(\.name).joined(separator: ", ")).",
                    field: "\(field).\(name.prefix(80))"
                )
            }
            let json = try JSONEncoder().encode(content)
            do {
                let tensor = try json.withUnsafeBytes { bytes throws(JSONError) in
                    var cursor = try JSONCursor(bytes)
                    let tensor = try cursor.readTensor(of: specs[index].dataType)
                    try cursor.expectEnd()
                    return tensor
                }
                found.append((index, tensor))
            } catch let error as JSONError {
                throw RoostError(.invalidInput, "Output '\(name)': \(error).", field: "\(field).\(name.prefix(80))")
            }
        }
        return found
    }

    /// Returns the same row several times.
    static func batch(of row: [Tensor], count: Int, field: String) throws(RoostError) -> [Tensor] {
        var batch: [Tensor] = []
        for tensor in row {
            guard !tensor.shape.isEmpty, tensor.rowCount >= 1 else {
                guard count == 1 else { throw oneRow(field) }
                batch.append(tensor)
                continue
            }
            let first = tensor.selecting(rows: [0])
            // A string takes memory beside its bytes.
            guard let size = first.keptByteCount.times(count), size <= byteLimit,
                let elements = first.elementCount.times(count), elements <= byteLimit / 16
            else { throw tooLarge(count, field) }
            batch.append(tensor.selecting(rows: [Int](repeating: 0, count: count)))
        }
        return batch
    }

    /// Returns zeros, or empty strings. Dimensions of any length have one element.
    static func zeros(_ specs: [TensorSpec], count: Int, field: String) throws(RoostError) -> [Tensor] {
        var tensors: [Tensor] = []
        for spec in specs {
            var shape = spec.shape.map { max($0, 1) }
            if spec.hasAnyRank { shape = [count] }
            if let first = spec.shape.first {
                guard first == -1 || first == count else { throw oneRow(field) }
                shape[0] = count
            } else if !spec.hasAnyRank, count != 1 {
                throw oneRow(field)
            }
            guard let elements = Tensor.elementCount(of: shape), let size = elements.times(8), size <= byteLimit else {
                throw tooLarge(count, field)
            }
            guard let tensor = Self.tensor(spec.dataType, shape, [Double](repeating: 0, count: elements)) else {
                throw RoostError(.internalError, "Zeros of \(spec) cannot be made.")
            }
            tensors.append(tensor)
        }
        return tensors
    }

    /// Returns numbers as a tensor; `nil` if one does not fit the type. Of `BYTES`, the strings are empty.
    static func tensor(_ dataType: DataType, _ shape: [Int], _ numbers: [Double]) -> Tensor? {
        guard Tensor.elementCount(of: shape) == numbers.count else { return nil }
        switch dataType {
        case .bytes: return Tensor(shape: shape, strings: [[UInt8]](repeating: [], count: numbers.count))
        case .bool:
            guard numbers.allSatisfy({ $0 == 0 || $0 == 1 }) else { return nil }
            return Tensor(.bool, shape: shape, elements: numbers.map { UInt8($0) })
        default: return Tensor(.fp64, shape: shape, elements: numbers).converted(to: dataType)
        }
    }

    private static func oneRow(_ field: String) -> RoostError {
        RoostError(.invalidInput, "The model does not take batches of this size.", field: field)
    }

    private static func tooLarge(_ count: Int, _ field: String) -> RoostError {
        RoostError(.tooLarge, "A batch of \(count) rows is larger than \(byteLimit) bytes.", field: field)
    }
}
