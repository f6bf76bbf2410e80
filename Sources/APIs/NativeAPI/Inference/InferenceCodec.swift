package import Definitions
package import Tensors

/// Decodes the body of `POST /v1/pipelines/{pipeline}/infer`, and encodes the response.
package enum InferenceCodec {
    /// The content of a request.
    package struct Request: Sendable {
        /// One tensor for each input of the pipeline, in its order.
        package var inputs: [Tensor]
        /// The values of the keys, in the given order; `nil` for one that is missing.
        package var keys: [String?]
    }

    /// Decodes `{"tensor": [[1.0, 2.0]]}` directly into tensors, in one pass over the bytes.
    ///
    /// Inputs are matched by name; a pipeline with one input also accepts ``anyInput``. A field that is `null` counts as absent.
    ///
    /// - Parameters:
    ///   - specs: The pipeline's inputs.
    ///   - keys: The names of fields that are not inputs: hash keys and split keys.
    /// - Throws: ``RoostError`` that names the field, what was sent and what was expected.
    package static func decode(
        _ body: UnsafeRawBufferPointer,
        inputs specs: [TensorSpec],
        keys: [String]
    ) throws(RoostError) -> Request {
        var reader = Reader(specs: specs, keys: keys)
        do throws(JSONError) {
            var cursor = try JSONCursor(body)
            try reader.read(&cursor)
        } catch {
            throw RoostError(.invalidInput, error.described(in: reader.field), field: reader.field ?? "body")
        }
        return try reader.finish()
    }

    /// The name under which a pipeline with one input accepts it, whatever its own name.
    private static let anyInput = "tensor"

    private struct Reader {
        let specs: [TensorSpec]
        let keys: [String]
        var tensors: [Tensor?]
        var keyValues: [String?]
        /// The only input of a pipeline, if it was sent as ``InferenceCodec/anyInput``.
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
                } else if name == InferenceCodec.anyInput, specs.count == 1, tensors[0] == nil {
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

        func finish() throws(RoostError) -> Request {
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
            return Request(inputs: inputs, keys: keyValues)
        }
    }

    /// The content of a response.
    package struct Answer {
        package var checkFailures: [UInt8]?
        package var elapsed: Int64
        package var modelName: String
        package var modelVersion: String
        package var outputs: [Tensor]
        package var pipelineName: String
        package var shadowOutputs: [(name: String, outputs: [Tensor])]
        package var time: Int64
        /// What the functions after the models returned, as a JSON document; `nil` without functions.
        package var functionResult: [UInt8]?

        package init(
            checkFailures: [UInt8]?,
            elapsed: Int64,
            modelName: String,
            modelVersion: String,
            outputs: [Tensor],
            pipelineName: String,
            shadowOutputs: [(name: String, outputs: [Tensor])],
            time: Int64
        ) {
            self.checkFailures = checkFailures
            self.elapsed = elapsed
            self.modelName = modelName
            self.modelVersion = modelVersion
            self.outputs = outputs
            self.pipelineName = pipelineName
            self.shadowOutputs = shadowOutputs
            self.time = time
        }
    }

    /// Encodes a response.
    ///
    /// - Parameter originalData: The request's body, which was decoded without an error.
    package static func encode(
        _ answer: Answer,
        originalData: UnsafeRawBufferPointer,
        into writer: inout JSONWriter
    ) {
        writer.raw("{\"check_failures\":")
        if let failures = answer.checkFailures { writer.raw(failures) } else { writer.raw("[]") }
        writer.raw(",\"elapsed\":")
        writer.number(answer.elapsed)
        writer.raw(",\"model_name\":")
        writer.string(answer.modelName)
        writer.raw(",\"model_version\":")
        writer.string(answer.modelVersion)
        writer.raw(",\"original_data\":")
        writer.rawOnOneLine(originalData)
        writer.raw(",\"outputs\":")
        writer.outputs(answer.outputs)
        writer.raw(",\"pipeline_name\":")
        writer.string(answer.pipelineName)
        if let result = answer.functionResult {
            writer.raw(",\"result\":")
            result.withUnsafeBytes { writer.rawOnOneLine($0) }
        }
        writer.raw(",\"shadow_data\":{")
        for (index, shadow) in answer.shadowOutputs.enumerated() {
            if index > 0 { writer.raw(",") }
            writer.string(shadow.name)
            writer.raw(":")
            writer.outputs(shadow.outputs)
        }
        writer.raw("},\"time\":")
        writer.number(answer.time)
        writer.raw("}")
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
    package func described(in field: String?) -> String {
        switch kind {
        case .syntax: "The body is not valid JSON\(field.map { " (in '\($0)')" } ?? ""): \(self)."
        case .unexpected: field.map { "Input '\($0)': \(self)." } ?? "\(self)."
        }
    }
}
