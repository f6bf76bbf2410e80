package import Definitions
package import Tensors

/// What a JSON object such as `{"tensor": [[1.0, 2.0]]}` holds: the body of a request, or its copy in the log.
package struct NamedInputs: Sendable {
    /// The name under which a pipeline with one input accepts it, whatever its own name.
    fileprivate static let anyInput = "tensor"

    /// One tensor for each input of the pipeline, in its order.
    package var inputs: [Tensor]
    /// The values of the keys, in the given order; `nil` for one that is missing.
    package var keys: [String?]

    fileprivate init(inputs: [Tensor], keys: [String?]) {
        self.inputs = inputs
        self.keys = keys
    }

    /// Decodes an object directly into tensors, in one pass over the bytes.
    ///
    /// Inputs are matched by name; a pipeline with one input also accepts `tensor`. A field that is `null` counts as absent.
    ///
    /// - Parameters:
    ///   - specs: The pipeline's inputs.
    ///   - keys: The names of fields that are not inputs: hash keys and split keys.
    /// - Throws: ``RoostError`` that names the field, what was sent and what was expected.
    package init(json: UnsafeRawBufferPointer, inputs specs: [TensorSpec], keys: [String]) throws(RoostError) {
        var reader = NamedInputsReader(specs: specs, keys: keys)
        do throws(JSONError) {
            var cursor = try JSONCursor(json)
            try reader.read(&cursor)
        } catch {
            throw RoostError(.invalidInput, error.described(in: reader.field), field: reader.field ?? "body")
        }
        self = try reader.finish()
    }
}

/// Reads the object in one pass.
private struct NamedInputsReader {
    let specs: [TensorSpec]
    let keys: [String]
    var tensors: [Tensor?]
    var keyValues: [String?]
    /// The only input of a pipeline, if it was sent as ``NamedInputs/anyInput``.
    var renamed: (name: String, tensor: Tensor)?
    var unknown: [String] = []
    /// The field that is being read.
    var field: String?

    init(specs: [TensorSpec], keys: [String]) {
        self.specs = specs
        self.keys = keys
        tensors = [Tensor?](repeating: nil, count: specs.count)
        keyValues = [String?](repeating: nil, count: keys.count)
    }

    mutating func read(_ cursor: inout JSONCursor) throws(JSONError) {
        guard cursor.peek() == UInt8(ascii: "{") else {
            throw cursor.unexpected(
                "an object of inputs by name, like {\"\(specs.first?.name ?? "input")\": [[…]]}"
            )
        }
        _ = cursor.take(UInt8(ascii: "{"))
        var first = true
        var name = ""
        while try cursor.nextKey(first: &first, into: &name) {
            field = name
            if let key = keys.firstIndex(of: name) {
                keyValues[key] = try cursor.readScalarText()
            } else if let index = specs.firstIndex(where: { $0.name == name }) {
                guard tensors[index] == nil else { throw twice(cursor) }
                // For a scalar, null is a missing value.
                let isLeftOut = specs[index].shape.isEmpty ? false : try cursor.takeNull()
                if !isLeftOut { tensors[index] = try cursor.readInput(specs[index]) }
            } else if try cursor.takeNull() {
            } else if name == renamed?.name {
                throw twice(cursor)
            } else if name == NamedInputs.anyInput, specs.count == 1, tensors[0] == nil {
                renamed = (name, try cursor.readInput(specs[0]))
            } else {
                try cursor.skipValue()
                unknown.append(name)
            }
            field = nil
        }
        try cursor.expectEnd()
    }

    private func twice(_ cursor: JSONCursor) -> JSONError {
        JSONError(kind: .unexpected, message: "The input is listed twice", offset: cursor.offset)
    }

    func finish() throws(RoostError) -> NamedInputs {
        let named = tensors.compactMap { $0 }
        let isRenamed = named.isEmpty && renamed != nil
        let inputs = isRenamed ? renamed.map { [$0.tensor] } ?? [] : named
        let strangers = (isRenamed ? [] : renamed.map { [$0.name] } ?? []) + unknown
        guard strangers.isEmpty, inputs.count == specs.count else {
            let missing = isRenamed ? [] : zip(specs, tensors).filter { $0.1 == nil }.map(\.0)
            throw specs.mismatch(unknown: strangers, missing: missing)
        }
        for (spec, tensor) in zip(specs, inputs) where !spec.accepts(shape: tensor.shape) {
            let name = isRenamed ? renamed?.name ?? spec.name : spec.name
            throw RoostError(
                .invalidInput,
                "Input '\(name)' must have shape \(spec.shape), but the request sent \(tensor.shape).",
                field: name
            )
        }
        return NamedInputs(inputs: inputs, keys: keyValues)
    }
}

extension JSONCursor {
    /// Reads an input. An empty array means no rows, whatever the shape of a row.
    fileprivate mutating func readInput(_ spec: TensorSpec) throws(JSONError) -> Tensor {
        let tensor = try readTensor(of: spec.dataType, columns: spec.featureNames)
        guard tensor.shape == [0], spec.shape.count > 1, spec.shape[0] <= 0,
            let empty = Tensor(
                checking: [0] + spec.shape.dropFirst().map { max($0, 0) },
                of: spec.dataType,
                storage: tensor.storage
            )
        else { return tensor }
        return empty
    }
}

extension JSONError {
    /// Returns the message for the sender of the text.
    fileprivate func described(in field: String?) -> String {
        switch kind {
        case .syntax: "The body is not valid JSON\(field.map { " (in '\($0)')" } ?? ""): \(self)."
        case .unexpected: field.map { "Input '\($0)': \(self)." } ?? "\(self)."
        }
    }
}
