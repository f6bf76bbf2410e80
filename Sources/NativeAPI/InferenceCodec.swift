package import Definitions
package import Tensors

/// The body of `POST /v1/pipelines/{pipeline}/infer`, and its answer.
package enum InferenceCodec {
    /// What a request brings.
    package struct Request: Sendable {
        /// One for each input of the pipeline, in its order.
        package var inputs: [Tensor]
        /// The value of each key that came, in the order asked for.
        package var keys: [String?]
    }

    /// Reads `{"tensor": [[1.0, 2.0]]}` straight into tensors, in one pass over the bytes.
    ///
    /// Fields are taken by name; where no name is an input's and the counts agree, by position.
    ///
    /// - Parameters:
    ///   - specs: The pipeline's inputs.
    ///   - keys: Names of fields that are no inputs: hash keys and split keys.
    /// - Throws: ``RoostError`` that names the field, what came and what was expected.
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

    private struct Reader {
        let specs: [TensorSpec]
        let keys: [String]
        var tensors: [Tensor?]
        var keyValues: [String?]
        /// Tensors of fields whose names are no input's, decoded as the inputs at their positions.
        var positional: [(name: String, tensor: Tensor?)] = []
        var namedCount = 0
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
                    "An object of inputs by name, like {\"\(specs.first?.name ?? "input")\": [[…]]},"
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
                    guard tensors[index] == nil else {
                        throw JSONError(kind: .unexpected, message: "The input came twice", offset: cursor.offset)
                    }
                    tensors[index] = try cursor.readTensor(of: specs[index].dataType)
                    namedCount += 1
                } else if positional.contains(where: { $0.name == name }) {
                    throw JSONError(kind: .unexpected, message: "The input came twice", offset: cursor.offset)
                } else if namedCount == 0, positional.count < specs.count {
                    positional.append((name, try cursor.readTensor(of: specs[positional.count].dataType)))
                } else {
                    try cursor.skipValue()
                    positional.append((name, nil))
                }
                field = nil
            }
            try cursor.expectEnd()
        }

        func finish() throws(RoostError) -> Request {
            var inputs: [Tensor] = []
            inputs.reserveCapacity(specs.count)
            if namedCount == 0, positional.count == specs.count {
                for (name, tensor) in positional {
                    guard let tensor else { throw unknown(name) }
                    inputs.append(tensor)
                }
            } else {
                if let stranger = positional.first { throw unknown(stranger.name) }
                for (spec, tensor) in zip(specs, tensors) {
                    guard let tensor else { throw spec.missing }
                    inputs.append(tensor)
                }
            }
            for (index, (spec, tensor)) in zip(specs, inputs).enumerated() where !spec.accepts(shape: tensor.shape) {
                let name = namedCount == 0 && !positional.isEmpty ? positional[index].name : spec.name
                throw RoostError(
                    .invalidInput,
                    "Input '\(name)' must have shape \(spec.shape), but the request sent \(tensor.shape).",
                    field: name
                )
            }
            return Request(inputs: inputs, keys: keyValues)
        }

        private func unknown(_ name: String) -> RoostError {
            let known = specs.map { "'\($0.name)'" }.joined(separator: ", ")
            return RoostError(.invalidInput, "There is no input '\(name)'; the pipeline takes \(known).", field: name)
        }
    }

    /// What an inference result shows.
    package struct Answer {
        package var checkFailures: [UInt8]?
        package var elapsed: Int64
        package var modelName: String
        package var modelVersion: String
        package var outputs: [Tensor]
        package var pipelineName: String
        package var shadowOutputs: [(name: String, outputs: [Tensor])]
        package var time: Int64

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

    /// - Parameter originalData: The request's body, which was read without an error.
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

extension JSONError {
    /// The message for who sent the text.
    package func described(in field: String?) -> String {
        switch kind {
        case .syntax: "The body is not valid JSON\(field.map { " (in '\($0)')" } ?? ""): \(self)."
        case .unexpected: field.map { "Input '\($0)': \(self)." } ?? "\(self)."
        }
    }
}
