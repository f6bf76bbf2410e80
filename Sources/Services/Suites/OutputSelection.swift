import Definitions
import Tensors

/// The output, or the element of each row of one, that a case looks at.
struct OutputSelection: Sendable {
    let name: String
    /// An index into the outputs.
    let output: Int
    /// The position in a row; `nil` for the whole row.
    let place: Int?
    let dataType: DataType

    /// - Parameter text: `NAME` or `NAME[PLACE]`; `nil` for the only output.
    /// - Throws: ``RoostError`` that names the outputs that there are.
    init(_ text: String?, of specs: [TensorSpec], field: String) throws(RoostError) {
        let names = specs.map(\.name).joined(separator: ", ")
        guard let text else {
            guard specs.count == 1 else {
                throw RoostError(
                    .invalidInput,
                    "There are several outputs. Say which one with 'output': \(names).",
                    field: field
                )
            }
            (name, output, place, dataType) = (specs[0].name, 0, nil, specs[0].dataType)
            return
        }
        let (base, place) = Self.parts(text, known: specs.map(\.name))
        guard let index = specs.firstIndex(where: { $0.name == base }) else {
            throw RoostError(
                .invalidInput,
                "Unknown output '\(text.prefix(80))'. Expected one of: \(names), or an element such as NAME[1].",
                field: field
            )
        }
        let width = specs[index].rowWidth
        guard place.map({ width == nil || $0 < width ?? 0 }) ?? true else {
            throw RoostError(
                .invalidInput,
                "'\(text.prefix(80))' does not exist: a row of the output has \(width ?? 0) elements, counted from 0.",
                field: field
            )
        }
        (name, output, self.place, dataType) = (text, index, place, specs[index].dataType)
    }

    /// Divides `NAME[PLACE]`, unless that is a name.
    static func parts(_ text: String, known: [String]) -> (name: String, place: Int?) {
        guard !known.contains(text), text.hasSuffix("]"), let open = text.lastIndex(of: "["),
            let place = Int(text[text.index(after: open)...].dropLast()), place >= 0
        else { return (text, nil) }
        return (String(text[..<open]), place)
    }

    /// Returns the position in the tensor's elements of what is selected of a row, and the number of elements.
    ///
    /// - Returns: `nil` if the row is too short.
    func range(ofRow row: Int, in tensor: Tensor) -> Range<Int>? {
        let width = tensor.shape.isEmpty ? 1 : tensor.rowWidth
        let start = row * width
        guard let place else { return start..<(start + width) }
        return place < width ? (start + place)..<(start + place + 1) : nil
    }
}

extension TensorSpec {
    /// The number of elements of a row; `nil` if the signature does not say.
    var rowWidth: Int? {
        guard !hasAnyRank else { return nil }
        let lengths = shape.dropFirst()
        guard lengths.allSatisfy({ $0 >= 0 }) else { return nil }
        return Tensor.elementCount(of: Array(lengths))
    }
}

extension Tensor {
    /// The name of a class that an element of integers, Booleans or strings is; `nil` for other types.
    func className(at index: Int) -> String? {
        switch dataType {
        case .bytes: string(at: index)
        case .fp16, .fp32, .fp64: nil
        default: number(at: index).map { SuiteWords.className($0) }
        }
    }
}
