package import Tensors

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

        /// Creates an input from the request's JSON object, as far as the policy keeps it.
        ///
        /// - Parameter tensors: What the object was decoded into. If only some rows are kept, they are logged.
        package init(
            json: UnsafeRawBufferPointer,
            _ tensors: [Tensor],
            names: [String],
            id: String,
            policy: LogPolicy
        ) {
            if let kept = policy.keptRows(of: tensors, id: id) {
                self = .tensors(tensors.map { $0.selecting(rows: kept) }, names: names)
            } else if json.count > policy.maxBytes {
                self = .omitted(byteCount: json.count)
            } else {
                self = .json(policy.hidesFields ? policy.hiding(json) : Array(json))
            }
        }

        /// Creates an input from a copy of the request's JSON object, as far as the policy keeps it.
        package init(json: [UInt8], _ tensors: [Tensor], names: [String], id: String, policy: LogPolicy) {
            if policy.rowLimit == nil, !policy.hidesFields, json.count <= policy.maxBytes {
                self = .json(json)
            } else {
                self = json.withUnsafeBytes { Self(json: $0, tensors, names: names, id: id, policy: policy) }
            }
        }

        /// Creates an input from tensors, as far as the policy keeps them.
        package init(_ tensors: [Tensor], names: [String], id: String, policy: LogPolicy) {
            if let kept = policy.keptRows(of: tensors, id: id) {
                self = .tensors(tensors.map { $0.selecting(rows: kept) }, names: names)
                return
            }
            let byteCount = tensors.reduce(0) { $0 + $1.keptByteCount }
            self = byteCount > policy.maxBytes ? .omitted(byteCount: byteCount) : .tensors(tensors, names: names)
        }
    }

    /// The model's outputs or error.
    package enum Output: Sendable {
        case tensors([Tensor])
        case error(String)
    }

    /// What a function of the pipeline was given, and how long it took.
    package struct FunctionRun: Sendable {
        package var name: String
        /// Nanoseconds.
        package var elapsed: Int64
        /// The JSON document that it was given, as far as the log keeps it; `nil` if it does not, or has it elsewhere.
        package var input: [UInt8]?

        /// - Parameters:
        ///   - input: The body of a request; `nil` if the log has what the function was given elsewhere.
        ///   - policy: What the log keeps.
        package init(name: String, elapsed: Int64, input: [UInt8]?, policy: LogPolicy) {
            self.name = name
            self.elapsed = elapsed
            // The rows of a document that only the function understands cannot be chosen.
            guard let input, policy.rowLimit == nil, input.count <= policy.maxBytes else { return }
            self.input = policy.hidesFields ? input.withUnsafeBytes { policy.hiding($0) } : input
        }
    }

    /// The nanoseconds that the model of each step took.
    package struct StepTimes: Sendable {
        /// Those of all steps but the last. A pipeline with one step needs no memory for them.
        package var earlier: [Int]
        package var last: Int

        package init(earlier: [Int], last: Int) {
            self.earlier = earlier
            self.last = last
        }
    }

    /// Milliseconds since the epoch.
    package var time: Int64
    /// The same for all models of a request.
    package var id: String
    package var subject: LogSubject
    /// The duration of the inference in nanoseconds.
    package var elapsed: Int64
    /// The hash of the experiment's hash key; `nil` if the request is a unit of its own.
    package var unit: UInt64?
    /// The hashes of the values of the subject's keys, in their order. Empty for a subject without keys.
    package var keys: [UInt64?]
    /// The failed validations, as a JSON array; `nil` for none.
    package var checkFailures: [UInt8]?
    package var input: Input
    package var output: Output
    package var functions: [FunctionRun] = []
    /// `nil` for a challenger, which is one step.
    package var stepTimes: StepTimes?

    package init(
        time: Int64,
        id: String,
        subject: LogSubject,
        elapsed: Int64,
        unit: UInt64? = nil,
        keys: [UInt64?] = [],
        checkFailures: [UInt8]?,
        input: Input,
        output: Output
    ) {
        self.time = time
        self.id = id
        self.subject = subject
        self.elapsed = elapsed
        self.unit = unit
        self.keys = keys
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
        var isValid = checkFailures == nil
        if case .error = output { isValid = false }
        line.raw(isValid ? ",\"valid\":true" : ",\"valid\":false")
        line.raw(subject.modelName)
        line.raw(subject.rest)
        line.number(elapsed)
        if let stepTimes {
            line.raw(",\"step_times\":[")
            for time in stepTimes.earlier {
                line.number(time)
                line.raw(",")
            }
            line.number(stepTimes.last)
            line.raw("]")
        }
        if let unit {
            line.raw(",\"unit\":\"")
            line.hexadecimal(unit)
            line.raw("\"")
        }
        if !keys.isEmpty { writeKeys(to: &line) }
        line.raw(",\"check_failures\":")
        if let checkFailures { line.raw(checkFailures) } else { line.raw("[]") }
        var omitted: [(part: StaticString, byteCount: Int)] = []
        var rows: (total: Int, kept: [Int])?
        switch output {
        case .tensors(let tensors):
            line.raw(",\"outputs\":")
            let byteCount = tensors.reduce(0) { $0 + $1.keptByteCount }
            if let kept = subject.policy.keptRows(of: tensors, id: id) {
                line.outputs(tensors.map { $0.selecting(rows: kept) })
                rows = (tensors.first?.rowCount ?? 0, kept)
            } else if byteCount <= subject.policy.maxBytes {
                line.outputs(tensors)
            } else {
                line.raw("null")
                omitted.append(("outputs", byteCount))
            }
        case .error(let message):
            line.raw(",\"error\":")
            // Runtimes and programs tell the values that they stumble over.
            line.string(subject.policy.hidesFields ? "The error is not logged, because fields are hidden." : message)
        }
        if !functions.isEmpty { writeFunctions(to: &line) }
        line.raw(",\"original_data\":")
        switch input {
        case .json(let bytes): bytes.withUnsafeBytes { line.rawOnOneLine($0) }
        case .tensors(let tensors, let names): write(tensors, names, to: &line)
        case .omitted(let byteCount):
            line.raw("null")
            omitted.append(("original_data", byteCount))
        }
        if let rows {
            line.raw(",\"rows\":{\"total\":")
            line.number(rows.total)
            line.raw(",\"kept\":")
            line.shape(rows.kept)
            line.raw("}")
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

    private func writeFunctions(to line: inout JSONWriter) {
        for (index, function) in functions.enumerated() {
            line.raw(index == 0 ? ",\"functions\":[{\"name\":" : ",{\"name\":")
            line.string(function.name)
            line.raw(",\"elapsed\":")
            line.number(function.elapsed)
            if let input = function.input {
                line.raw(",\"input\":")
                input.withUnsafeBytes { line.rawOnOneLine($0) }
            }
            line.raw("}")
        }
        line.raw("]")
    }

    private func writeKeys(to line: inout JSONWriter) {
        var isFirst = true
        for (name, hash) in zip(subject.keys, keys) {
            guard let hash else { continue }
            line.raw(isFirst ? ",\"keys\":{" : ",")
            isFirst = false
            line.raw(name)
            line.raw("\"")
            line.hexadecimal(hash)
            line.raw("\"")
        }
        if !isFirst { line.raw("}") }
    }

    private func write(_ tensors: [Tensor], _ names: [String], to line: inout JSONWriter) {
        let policy = subject.policy
        var isFirst = true
        for (tensor, name) in zip(tensors, names) where !policy.omits(name) {
            line.raw(isFirst ? "{" : ",")
            isFirst = false
            line.string(name)
            line.raw(":")
            if policy.masks(name) {
                line.hidden(.mask)
            } else if let hidden = policy.hiddenColumns(of: name) {
                write(tensor, without: hidden, to: &line)
            } else {
                line.nested(tensor)
            }
        }
        line.raw(isFirst ? "{}" : "}")
    }

    /// Writes the rows of a tensor without some columns.
    private func write(_ tensor: Tensor, without hidden: [Int: LogPolicy.Hiding], to line: inout JSONWriter) {
        // Only rows of columns have names.
        guard tensor.shape.count == 2 else { return line.hidden(.mask) }
        let (rows, width) = (tensor.shape[0], tensor.shape[1])
        line.raw("[")
        for row in 0..<rows {
            line.raw(row == 0 ? "[" : ",[")
            for column in 0..<width {
                if column > 0 { line.raw(",") }
                if let hiding = hidden[column] {
                    line.hidden(hiding)
                } else {
                    line.scalar(tensor, at: row * width + column)
                }
            }
            line.raw("]")
        }
        line.raw("]")
    }
}
