package import Tensors

/// The model and pipeline of an entry: JSON that is the same for all their entries, so it is encoded once.
package final class LogSubject: Sendable {
    let modelName: [UInt8]
    let rest: [UInt8]

    package init(
        modelName: String,
        modelVersion: String,
        role: InferenceRecord.Role,
        pipelineName: String,
        pipelineVersion: String
    ) {
        var name = JSONWriter(capacity: 64)
        name.raw(",\"model_name\":")
        name.string(modelName)
        self.modelName = name.bytes
        var rest = JSONWriter(capacity: 256)
        rest.raw(",\"model_version\":")
        rest.string(modelVersion)
        rest.raw(role == .champion ? ",\"role\":\"champion\"" : ",\"role\":\"challenger\"")
        rest.raw(",\"pipeline_name\":")
        rest.string(pipelineName)
        rest.raw(",\"pipeline_version\":")
        rest.string(pipelineVersion)
        rest.raw(",\"elapsed\":")
        self.rest = rest.bytes
    }
}

/// A log entry for one inference of one model.
package struct InferenceRecord: Sendable {
    package enum Role: String, Sendable {
        case champion
        case challenger
    }

    /// The request's inputs, as the log stores them.
    package enum Input: Sendable {
        /// The request's own JSON object.
        case json([UInt8])
        /// Tensors with their names in the same order.
        case tensors([Tensor], names: [String])
        /// Too large to log.
        case omitted(byteCount: Int)

        /// Creates an input from the request's JSON object, which is kept up to ``InferenceLog/keptBytes``.
        package init(json: UnsafeRawBufferPointer) {
            self = json.count > InferenceLog.keptBytes ? .omitted(byteCount: json.count) : .json(Array(json))
        }

        /// Creates an input from tensors, which are kept if their total size is at most ``InferenceLog/keptBytes``.
        package init(_ tensors: [Tensor], names: [String]) {
            let byteCount = tensors.reduce(0) { $0 + $1.keptByteCount }
            self = byteCount > InferenceLog.keptBytes ? .omitted(byteCount: byteCount) : .tensors(tensors, names: names)
        }
    }

    /// The model's outputs or error.
    package enum Output: Sendable {
        case tensors([Tensor])
        case error(String)
    }

    /// Milliseconds since the epoch.
    package var time: Int64
    /// The same for all models of a request.
    package var id: String
    package var subject: LogSubject
    /// The duration of the inference in nanoseconds.
    package var elapsed: Int64
    /// The failed validations, as a JSON array; `nil` for none.
    package var checkFailures: [UInt8]?
    package var input: Input
    package var output: Output

    package init(
        time: Int64,
        id: String,
        subject: LogSubject,
        elapsed: Int64,
        checkFailures: [UInt8]?,
        input: Input,
        output: Output
    ) {
        self.time = time
        self.id = id
        self.subject = subject
        self.elapsed = elapsed
        self.checkFailures = checkFailures
        self.input = input
        self.output = output
    }

    /// Appends the record as one line of the log. The fields that queries filter by come first, in a fixed order.
    ///
    /// - Returns: The number of inputs and outputs that were left out because of their size.
    func write(to line: inout JSONWriter) -> Int {
        line.raw("{\"time\":")
        line.number(time)
        line.raw(",\"id\":")
        line.string(id)
        line.raw(checkFailures == nil ? ",\"valid\":true" : ",\"valid\":false")
        line.raw(subject.modelName)
        line.raw(subject.rest)
        line.number(elapsed)
        line.raw(",\"check_failures\":")
        if let checkFailures { line.raw(checkFailures) } else { line.raw("[]") }
        var omitted: [(part: StaticString, byteCount: Int)] = []
        switch output {
        case .tensors(let tensors):
            line.raw(",\"outputs\":")
            let byteCount = tensors.reduce(0) { $0 + $1.keptByteCount }
            if byteCount <= InferenceLog.keptBytes {
                line.outputs(tensors)
            } else {
                line.raw("null")
                omitted.append(("outputs", byteCount))
            }
        case .error(let message):
            line.raw(",\"error\":")
            line.string(message)
        }
        line.raw(",\"original_data\":")
        switch input {
        case .json(let bytes): bytes.withUnsafeBytes { line.rawOnOneLine($0) }
        case .tensors(let tensors, let names):
            for (index, tensor) in tensors.enumerated() {
                line.raw(index == 0 ? "{" : ",")
                line.string(names[index])
                line.raw(":")
                line.nested(tensor)
            }
            line.raw(tensors.isEmpty ? "{}" : "}")
        case .omitted(let byteCount):
            line.raw("null")
            omitted.append(("original_data", byteCount))
        }
        for (index, part) in omitted.enumerated() {
            line.raw(index == 0 ? ",\"omitted\":{\"" : ",\"")
            line.raw(part.part)
            line.raw("\":")
            line.number(part.byteCount)
        }
        if !omitted.isEmpty { line.raw("}") }
        line.raw("}\n")
        return omitted.count
    }
}
