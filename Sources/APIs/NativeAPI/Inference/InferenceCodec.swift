package import Tensors

/// Encodes the response of `POST /v1/pipelines/{pipeline}/infer`. ``NamedInputs`` decodes the body.
package enum InferenceCodec {
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
