import Definitions
import InferenceLog
import Pipelines
import Tensors

/// Names the columns of a log as elements of expressions, which ``columns(of:in:)`` finds again.
extension TensorLayout {
    /// Returns the elements that have a value in at least one of the batches, in the order of their appearance.
    ///
    /// - Parameter limit: The most that are returned.
    func elements(in batches: [LogBatch], upTo limit: Int) -> [Expression.Element] {
        var found: [Expression.Element] = []
        var known: Set<Expression.Element> = []
        var names: Set<LogColumnName> = []
        for column in batches.lazy.flatMap(\.valueColumns) where names.insert(column.name).inserted {
            guard found.count < limit else { break }
            guard let element = element(of: column.name), (try? kind(of: element)) != nil,
                known.insert(element).inserted
            else { continue }
            found.append(element)
        }
        return found
    }

    private func element(of name: LogColumnName) -> Expression.Element? {
        switch (name.source, name.place) {
        case (.output(let index), .element(let place)) where index < outputs.count:
            return Self.indices(of: place, outputs[index]).map { indices in
                Expression.Element(source: .answer, tensor: index, indices: indices.isEmpty ? [0] : indices)
            }
        case (.output, _): return nil
        case (.input, .feature(let feature)):
            return Expression.Element(source: .input(name: feature), tensor: 0, indices: [])
        case (.input(let input), .element(let place)):
            guard let index = index(ofInput: input) else {
                guard place == 0, !input.isEmpty else { return nil }
                return Expression.Element(source: .input(name: input), tensor: 0, indices: [])
            }
            let spec = inputs[index]
            if let features = spec.featureNames, place < features.count {
                return Expression.Element(source: .input(name: features[place]), tensor: 0, indices: [])
            }
            return Self.indices(of: place, spec).map { indices in
                let isSingle = spec.shape.dropFirst().allSatisfy { $0 == 1 }
                return Expression.Element(source: .input(name: spec.name), tensor: 0, indices: isSingle ? [] : indices)
            }
        }
    }

    /// Returns the input that a request's field is: that of the name, or the only one if the field is not a key.
    private func index(ofInput name: String) -> Int? {
        if let index = inputs.firstIndex(where: { $0.name == name }) { return index }
        return inputs.count == 1 && !keys.contains(name) ? 0 : nil
    }

    /// Returns the position of a value within a row, by dimensions; `nil` if it cannot be said.
    private static func indices(of place: Int, _ spec: TensorSpec) -> [Int]? {
        let lengths = spec.shape.dropFirst()
        if lengths.isEmpty { return place == 0 ? [] : nil }
        if lengths.count == 1 { return lengths.contains(1) && place > 0 ? nil : [place] }
        var indices: [Int] = []
        var rest = place
        for length in lengths.reversed() {
            guard length > 0 else { return nil }
            indices.insert(rest % length, at: 0)
            rest /= length
        }
        return rest == 0 ? indices : nil
    }
}
