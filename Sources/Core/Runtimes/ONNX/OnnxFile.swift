import Foundation

/// Facts about an ONNX file that Roost reads itself rather than from ONNX Runtime.
///
/// - Source: The ONNX project's `onnx.proto`, for the field numbers.
struct OnnxFile {
    /// The operators of all graphs.
    private(set) var operators: Set<String> = []
    /// A separate file with weights: it is not part of an upload, and other models' files must not be read.
    private(set) var externalFile: String?
    /// Whether there is a graph in the field in which only ONNX models have one.
    private(set) var hasGraph = false

    init(path: String) {
        guard let data = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped) else { return }
        data.withUnsafeBytes { readModel($0) }
    }

    /// Whether the cost of an operator depends on values, not only on the size of the input.
    var hasControlFlow: Bool { !operators.isDisjoint(with: ["Loop", "Scan", "If"]) }

    private mutating func readModel(_ bytes: UnsafeRawBufferPointer) {
        for field in ProtobufFields(bytes) {
            guard let content = field.bytes else { continue }
            switch field.number {
            case 7:
                hasGraph = true
                readGraph(content, depth: 0)
            case 25: readNodes(content, number: 7, depth: 0)
            default: break
            }
        }
    }

    private mutating func readGraph(_ bytes: UnsafeRawBufferPointer, depth: Int) {
        for field in ProtobufFields(bytes) {
            guard let content = field.bytes else { continue }
            switch field.number {
            case 5: readTensor(content)
            // A sparse tensor: its values and its indices.
            case 15: for part in ProtobufFields(content) { part.bytes.map { readTensor($0) } }
            default: break
            }
        }
        readNodes(bytes, number: 1, depth: depth)
    }

    private mutating func readNodes(_ bytes: UnsafeRawBufferPointer, number: Int, depth: Int) {
        // Deeper than any model that a converter writes.
        guard depth < 64 else { return }
        for node in ProtobufFields(bytes) where node.number == number {
            guard let content = node.bytes else { continue }
            for field in ProtobufFields(content) {
                guard let bytes = field.bytes else { continue }
                if field.number == 4 { operators.insert(String(decoding: bytes, as: UTF8.self)) }
                if field.number == 5 { readAttribute(bytes, depth: depth) }
            }
        }
    }

    private mutating func readAttribute(_ bytes: UnsafeRawBufferPointer, depth: Int) {
        for field in ProtobufFields(bytes) {
            guard let content = field.bytes else { continue }
            switch field.number {
            case 5, 10: readTensor(content)
            case 6, 11: readGraph(content, depth: depth + 1)
            default: break
            }
        }
    }

    private mutating func readTensor(_ bytes: UnsafeRawBufferPointer) {
        for field in ProtobufFields(bytes) {
            if field.number == 14, field.value == 1 { externalFile = externalFile ?? "a separate file" }
            guard field.number == 13, let entry = field.bytes else { continue }
            let texts = ProtobufFields(entry).compactMap { part in
                part.bytes.map { (part.number, String(decoding: $0, as: UTF8.self)) }
            }
            guard texts.contains(where: { $0 == (1, "location") }) else { continue }
            externalFile = texts.first { $0.0 == 2 }.map { "'\($0.1.prefix(200))'" } ?? externalFile
        }
    }
}
