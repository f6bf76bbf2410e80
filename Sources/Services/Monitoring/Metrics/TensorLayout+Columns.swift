import Definitions
import InferenceLog
import Pipelines

/// Finds the columns of a log that hold an element of an expression.
extension TensorLayout {
    /// Returns the columns that may have the value of an element. A row has it in at most one of them.
    func columns(of element: Expression.Element, in batch: LogBatch) -> [LogValueColumn] {
        switch element.source {
        case .answer:
            let spec = element.tensor < outputs.count ? outputs[element.tensor] : nil
            guard let place = Self.position(element.indices, spec) else { return [] }
            return [batch.value(.output(element.tensor), .element(place))].compactMap { $0 }
        case .inputs:
            guard element.tensor < inputs.count else { return [] }
            let spec = inputs[element.tensor]
            guard let place = Self.position(element.indices, spec) else { return [] }
            return columns(ofInput: spec, place, in: batch)
        case .input(let name): return columns(named: name, element.indices, in: batch)
        case .label, .outputs: return []
        }
    }

    private func columns(ofInput spec: TensorSpec, _ place: Int, in batch: LogBatch) -> [LogValueColumn] {
        var columns: [LogValueColumn?] = []
        for name in names(of: spec, in: batch) {
            columns.append(batch.value(.input(name), .element(place)))
            if let features = spec.featureNames, place < features.count {
                columns.append(batch.value(.input(name), .feature(features[place])))
            }
        }
        return columns.compactMap { $0 }
    }

    private func columns(named name: String, _ indices: [Int], in batch: LogBatch) -> [LogValueColumn] {
        if let spec = inputs.first(where: { $0.name == name }) {
            guard let place = indices.isEmpty ? 0 : Self.position(indices, spec) else { return [] }
            return columns(ofInput: spec, place, in: batch)
        }
        guard indices.isEmpty else {
            // The request may have another name for the only input.
            guard inputs.count == 1, let place = Self.position(indices, inputs[0]) else { return [] }
            return [batch.value(.input(name), .element(place))].compactMap { $0 }
        }
        var columns: [LogValueColumn?] = [batch.value(.input(name))]
        for spec in inputs {
            for input in names(of: spec, in: batch) {
                columns.append(batch.value(.input(input), .feature(name)))
                if let place = spec.featureNames?.firstIndex(of: name) {
                    columns.append(batch.value(.input(input), .element(place)))
                }
            }
        }
        return columns.compactMap { $0 }
    }

    /// Returns the names under which requests sent an input: its own, and any other if it is the only one.
    private func names(of spec: TensorSpec, in batch: LogBatch) -> [String] {
        guard inputs.count == 1 else { return [spec.name] }
        var names = [spec.name]
        for column in batch.valueColumns {
            if case .input(let name) = column.name.source, !names.contains(name), !keys.contains(name) {
                names.append(name)
            }
        }
        return names
    }

    /// Returns the position of an element within a row; `nil` if the signature does not say.
    private static func position(_ indices: [Int], _ spec: TensorSpec?) -> Int? {
        if indices.isEmpty { return 0 }
        if indices.count == 1 { return indices[0] }
        guard let spec, spec.shape.count == indices.count + 1 else { return nil }
        var flat = 0
        for (index, length) in zip(indices, spec.shape.dropFirst()) {
            guard length > 0, index < length else { return nil }
            let (product, overflow) = flat.multipliedReportingOverflow(by: length)
            guard !overflow, product < 1 << 31 else { return nil }
            flat = product + index
        }
        return flat
    }
}
