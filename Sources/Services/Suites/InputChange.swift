import Definitions
import Tensors

/// A change of one input, or of one column of it.
struct InputChange: Sendable {
    private enum Edit: Sendable {
        case set(Double)
        case text([UInt8])
        case add(Double)
        case multiply(Double)
    }

    /// An index into the inputs.
    private let input: Int
    /// The position in a row; `nil` for all of them.
    private let place: Int?
    private let edit: Edit

    /// - Throws: ``RoostError`` that names the inputs that there are, or the value that does not fit.
    init(_ change: BehaviorCheck.Change, _ specs: [TensorSpec], field: String) throws(RoostError) {
        let (base, number) = OutputSelection.parts(change.input, known: specs.map(\.name))
        if let index = specs.firstIndex(where: { $0.name == base }) {
            (input, place) = (index, number)
        } else if let index = specs.firstIndex(where: { $0.featureNames?.contains(change.input) ?? false }) {
            (input, place) = (index, specs[index].featureNames?.firstIndex(of: change.input))
        } else {
            let features = specs.flatMap { $0.featureNames ?? [] }.prefix(20)
            let known = (specs.map(\.name) + features).joined(separator: ", ")
            throw RoostError(
                .invalidInput,
                "Unknown input '\(change.input.prefix(80))'. Expected one of: \(known), or an element such as NAME[1].",
                field: "\(field).input"
            )
        }
        let spec = specs[input]
        if let place, let width = spec.rowWidth, place >= width {
            throw RoostError(
                .invalidInput,
                "'\(change.input.prefix(80))' does not exist: a row of the input has \(width) elements, counted from 0.",
                field: "\(field).input"
            )
        }
        let isText = spec.dataType == .bytes
        switch (change.set, change.add, change.multiply) {
        case (.string(let text)?, _, _) where isText: edit = .text(Array(text.utf8))
        case (.integer(let value)?, _, _) where !isText: edit = .set(Double(value))
        case (.number(let value)?, _, _) where !isText: edit = .set(value)
        case (.boolean(let value)?, _, _) where !isText: edit = .set(value ? 1 : 0)
        case (nil, let value?, _) where !isText && spec.dataType != .bool: edit = .add(value)
        case (nil, _, let value?) where !isText && spec.dataType != .bool: edit = .multiply(value)
        default:
            throw RoostError(
                .invalidInput,
                "Input '\(change.input.prefix(80))' is \(spec.dataType.rawValue): it can only be set to "
                    + (isText
                        ? "a string." : spec.dataType == .bool ? "true or false." : "a number, or changed by one."),
                field: field
            )
        }
    }

    /// Returns the inputs with the change.
    ///
    /// - Throws: ``RoostError`` if a changed number does not fit the type of the input.
    func apply(_ tensors: [Tensor], field: String) throws(RoostError) -> [Tensor] {
        var changed = tensors
        let tensor = tensors[input]
        let width = tensor.shape.isEmpty ? 1 : max(1, tensor.rowWidth)
        if let place, place >= width {
            throw RoostError(
                .invalidInput,
                "A row has only \(width) elements, counted from 0.",
                field: "\(field).input"
            )
        }
        func isChanged(_ index: Int) -> Bool { place.map { index % width == $0 } ?? true }
        if case .text(let text) = edit {
            let strings = (0..<tensor.elementCount).map { index in
                isChanged(index) ? text : tensor.withBytes(at: index) { Array($0) }
            }
            changed[input] = Tensor(shape: tensor.shape, strings: strings)
            return changed
        }
        let numbers = (0..<tensor.elementCount).map { index -> Double in
            let value = tensor.number(at: index) ?? 0
            guard isChanged(index) else { return value }
            return switch edit {
            case .set(let number): number
            case .add(let number): value + number
            case .multiply(let number): value * number
            case .text: value
            }
        }
        guard let made = SuiteInputs.tensor(tensor.dataType, tensor.shape, numbers) else {
            throw RoostError(
                .invalidInput,
                "The changed input does not fit its type, \(tensor.dataType.rawValue).",
                field: field
            )
        }
        changed[input] = made
        return changed
    }
}
