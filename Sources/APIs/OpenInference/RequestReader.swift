import Definitions
import Tensors

/// Reads the body of a V2 inference request in one pass, with `data` going directly into a tensor of the model's type.
///
/// A member that is `null` counts as absent. So does an unknown member that is empty, because generated clients write such
/// members.
struct RequestReader: ~Copyable {
    private let specs: [TensorSpec]
    private let outputs: [TensorSpec]
    private let keys: [String]
    private let target: OpenInference.Target
    private var id: String?
    private var keyValues: [String?]
    private var nonFinite = JSONWriter.NonFinite.null
    private var timeLimit: Duration?
    private var wanted: [String]?
    private var named: [Tensor?]
    /// The only input of a model, if it was sent under another name.
    private var renamed: Tensor?
    private var otherName: String?
    private var unknown: [String] = []
    private var hasInputs = false
    /// The inputs by name as they were sent.
    private var original = JSONWriter()
    /// Whether every input so far could be kept.
    private var keepsOriginal = true
    /// The member or input that is being read, for messages.
    private(set) var field: String?
    /// The first problem of a request that is valid JSON of the right form.
    private(set) var error: RoostError?

    init(specs: [TensorSpec], outputs: [TensorSpec], keys: [String], target: OpenInference.Target) {
        self.specs = specs
        self.outputs = outputs
        self.keys = keys
        self.target = target
        keyValues = [String?](repeating: nil, count: keys.count)
        named = [Tensor?](repeating: nil, count: specs.count)
    }

    mutating func read(_ cursor: inout JSONCursor) throws(JSONError) {
        try cursor.expect(UInt8(ascii: "{"), "an object with 'inputs'")
        var first = true
        while let key = try cursor.nextName(first: &first) {
            field = key.text
            if try cursor.takeNull() {
                field = nil
                continue
            }
            switch key {
            case "id":
                let text = try cursor.readString()
                id = text.isEmpty ? nil : text
            case "parameters": try readParameters(of: .request, &cursor)
            case "inputs":
                hasInputs = true
                try cursor.expect(UInt8(ascii: "["), "a list of inputs")
                var firstInput = true
                while try cursor.nextElement(first: &firstInput) { try readInput(&cursor) }
            case "outputs":
                try cursor.expect(UInt8(ascii: "["), "a list of outputs")
                var names: [String] = []
                var firstOutput = true
                while try cursor.nextElement(first: &firstOutput) { names.append(try readOutput(&cursor)) }
                wanted = names.isEmpty ? nil : names
            case "model_name": try read(&cursor, expecting: target.name)
            case "model_version": try read(&cursor, expecting: target.version)
            default:
                try readUnknown(key.text, "of the request", "id, parameters, inputs, outputs", &cursor)
            }
            field = nil
        }
        try cursor.expectEnd()
    }

    /// Reads a member that repeats what the path says.
    private mutating func read(_ cursor: inout JSONCursor, expecting known: String) throws(JSONError) {
        let text = try cursor.readString()
        guard !text.isEmpty, text != known else { return }
        let member = field ?? "body"
        fail("'\(member)' is '\(text.prefix(80))', but the path of the request names '\(known)'.", member)
    }

    private mutating func readUnknown(
        _ key: String,
        _ place: String,
        _ known: String,
        _ cursor: inout JSONCursor
    ) throws(JSONError) {
        guard try !cursor.takeNothing() else { return }
        try cursor.skipValue()
        fail("Unknown member '\(key.prefix(80))' \(place). Expected one of: \(known).", key)
    }

    private mutating func readParameters(of place: Parameter.Place, _ cursor: inout JSONCursor) throws(JSONError) {
        try cursor.expect(UInt8(ascii: "{"), "an object of parameters")
        var first = true
        var key = ""
        while try cursor.nextKey(first: &first, into: &key) {
            if case .request = place, let index = keys.firstIndex(of: key) {
                keyValues[index] = try cursor.readScalarText()
                continue
            }
            guard try !cursor.takeNothing() else { continue }
            let parameter = Parameter(name: key, value: try cursor.readParameterValue(), place: place)
            switch (key, place) {
            case ("non_finite", .request):
                if let choice = parameter.value.flatMap(JSONWriter.NonFinite.init(rawValue:)) {
                    nonFinite = choice
                } else {
                    fail("The parameter 'non_finite' of the request must be one of: null, string.", key)
                }
            case ("timeout", .request):
                if let microseconds = parameter.value.flatMap({ Int($0) }), microseconds >= 0 {
                    timeLimit = microseconds > 0 ? .microseconds(microseconds) : nil
                } else {
                    fail("The parameter 'timeout' of the request must be a whole number of microseconds, or 0.", key)
                }
            default: if !parameter.isHarmless { fail(parameter.refusal) }
            }
        }
    }

    private mutating func readOutput(_ cursor: inout JSONCursor) throws(JSONError) -> String {
        try cursor.expect(UInt8(ascii: "{"), "an object with 'name'")
        let start = cursor.offset
        var name = ""
        var first = true
        var key = ""
        // The name may come last, but the other members need it.
        while try cursor.nextKey(first: &first, into: &key) {
            if key == "name", try !cursor.takeNull() {
                name = try cursor.readString()
            } else if key != "name" {
                try cursor.skipValue()
            }
        }
        let end = cursor.offset
        cursor.rewind(to: start)
        first = true
        while try cursor.nextKey(first: &first, into: &key) {
            if try cursor.takeNull() { continue }
            switch key {
            case "name": try cursor.skipValue()
            case "parameters": try readParameters(of: .output(name), &cursor)
            case "datatype", "data_type": try readDataType(of: "Output", name, outputs, &cursor)
            case "shape":
                let shape = try readShape(&cursor, lowest: -1)
                if let spec = outputs.first(where: { $0.name == name }), !spec.accepts(shape: shape) {
                    fail("Output '\(name)' has shape \(spec.shape), but the request asks for \(shape).", name)
                }
            default: try readUnknown(key, "of output '\(name)'", "name, parameters", &cursor)
            }
        }
        cursor.rewind(to: end)
        return name
    }

    /// Checks a redundant data type.
    private mutating func readDataType(
        of what: String,
        _ name: String,
        _ specs: [TensorSpec],
        _ cursor: inout JSONCursor
    ) throws(JSONError) {
        guard try !cursor.takeNothing() else { return }
        let text = try cursor.readString()
        guard let spec = specs.first(where: { $0.name == name }), text != spec.dataType.rawValue else { return }
        fail("\(what) '\(name)' is \(spec.dataType.rawValue), but the request says \(text.prefix(80)).", name)
    }

    private mutating func readInput(_ cursor: inout JSONCursor) throws(JSONError) {
        try cursor.expect(UInt8(ascii: "{"), "an object with 'name', 'datatype', 'shape' and 'data'")
        var name: String?
        var dataType: String?
        var shape: [Int]?
        var tensor: Tensor?
        var text = UnsafeRawBufferPointer(start: nil, count: 0)
        // `data` that comes before `name` and `datatype` must wait until its type is known.
        var dataOffset: Int?
        var parametersOffset: Int?
        var first = true
        while let key = try cursor.nextName(first: &first) {
            if try cursor.takeNull() { continue }
            switch key {
            case "name":
                name = try cursor.readString()
                field = name
            case "datatype": dataType = try cursor.readString()
            case "shape": shape = try readShape(&cursor, lowest: 0)
            case "parameters":
                parametersOffset = cursor.offset
                try cursor.skipValue()
            case "data_type": try readDataType(of: "Input", name ?? "", specs, &cursor)
            case "data":
                // Only if the request states the right type: otherwise the error would be about a number, not the type.
                if let name, let spec = spec(named: name), dataType ?? "" == spec.dataType.rawValue {
                    let start = cursor.offset
                    tensor = try cursor.readTensor(of: spec.dataType)
                    text = cursor.bytes(since: start)
                } else {
                    dataOffset = cursor.offset
                    try cursor.skipValue()
                }
            default:
                try readUnknown(key.text, "of an input", "name, datatype, shape, parameters, data", &cursor)
            }
        }
        guard let name else { return fail("An input has no 'name'.", "inputs") }
        guard let spec = spec(named: name) else { return unknown.append(name) }
        guard let dataType, let shape else {
            return fail("Input '\(name)' has no '\(dataType == nil ? "datatype" : "shape")'.", name)
        }
        guard dataType == spec.dataType.rawValue else {
            return fail("Input '\(name)' must be \(spec.dataType.rawValue), but the request sent \(dataType).", name)
        }
        let end = cursor.offset
        if let parametersOffset {
            cursor.rewind(to: parametersOffset)
            try readParameters(of: .input(name, spec.dataType), &cursor)
            cursor.rewind(to: end)
        }
        if let dataOffset {
            cursor.rewind(to: dataOffset)
            tensor = try cursor.readTensor(of: spec.dataType)
            text = cursor.bytes(since: dataOffset)
            cursor.rewind(to: end)
        }
        guard let tensor else { return fail("Input '\(name)' has no 'data'.", name) }
        guard let shaped = reshape(tensor, to: shape, name) else { return }
        guard spec.accepts(shape: shape) else {
            return fail("Input '\(name)' must have shape \(spec.shape), but the request sent \(shape).", name)
        }
        keep(text, as: name, tensor, shape)
        if let index = specs.firstIndex(where: { $0.name == name }) {
            guard named[index] == nil else { return fail("Input '\(name)' is listed twice.", name) }
            named[index] = shaped
            // What came earlier under another name was a different input.
            if let otherName { unknown.insert(otherName, at: 0) }
            (renamed, otherName) = (nil, nil)
        } else {
            (renamed, otherName) = (shaped, name)
        }
    }

    /// Larger inputs are not copied, because the inference log does not keep them.
    private static let keptBytes = 32 << 10

    /// Keeps an input as it was sent, if it is nested like its shape, or flat with one row.
    private mutating func keep(_ text: UnsafeRawBufferPointer, as name: String, _ tensor: Tensor, _ shape: [Int]) {
        let isNested = tensor.shape == shape
        guard isNested || shape.count == 2 && shape[0] == 1, text.count <= Self.keptBytes else {
            return keepsOriginal = false
        }
        guard keepsOriginal else { return }
        original.raw(original.count == 0 ? "{" : ",")
        original.string(name)
        original.raw(isNested ? ":" : ":[")
        original.raw(text)
        if !isNested { original.raw("]") }
    }

    /// Returns the input that a name stands for. A model with one input accepts any name.
    private func spec(named name: String) -> TensorSpec? {
        if let spec = specs.first(where: { $0.name == name }) { return spec }
        return specs.count == 1 && named[0] == nil && renamed == nil ? specs[0] : nil
    }

    /// - Parameter lowest: The lowest length; -1 if a length may be free.
    private func readShape(_ cursor: inout JSONCursor, lowest: Int) throws(JSONError) -> [Int] {
        try cursor.expect(UInt8(ascii: "["), "a list of lengths")
        var shape: [Int] = []
        shape.reserveCapacity(specs.first?.shape.count ?? 0)
        var first = true
        while try cursor.nextElement(first: &first) {
            guard shape.count < JSONCursor.maxRank else { throw cursor.unexpected("a shape of at most 16 lengths") }
            let start = cursor.offset
            do throws(JSONError) {
                let length = try cursor.readInt()
                guard length >= lowest else { throw JSONError(kind: .unexpected, message: "", offset: start) }
                shape.append(length)
            } catch {
                guard error.kind == .unexpected else { throw error }
                let end = cursor.offset
                if end == start { throw cursor.unexpected("an integer of 0 or more") }
                let came = String(decoding: cursor.bytes(since: start).prefix(32), as: UTF8.self)
                    .trimmingPrefix { $0.isWhitespace }
                throw JSONError(
                    kind: .unexpected,
                    message: "A shape must be a list of integers of 0 or more, but it has \(came)",
                    offset: start
                )
            }
        }
        return shape
    }

    /// Returns a tensor in the given shape. Its data may be flat or nested like the shape, with the right number of elements.
    private mutating func reshape(_ tensor: Tensor, to shape: [Int], _ name: String) -> Tensor? {
        if tensor.shape == shape { return tensor }
        guard let count = Tensor.elementCount(of: shape) else {
            fail("Input '\(name)' has shape \(shape), which is too large.", name)
            return nil
        }
        guard tensor.shape.count <= 1, tensor.elementCount == count else {
            fail("Input '\(name)' has shape \(shape), but its data has shape \(tensor.shape).", name)
            return nil
        }
        return Tensor(dataType: tensor.dataType, shape: shape, storage: tensor.storage)
    }

    private mutating func fail(_ message: String, _ field: String) {
        fail(RoostError(.invalidInput, message, field: field))
    }

    /// Records a problem. Only the first one is reported.
    private mutating func fail(_ problem: RoostError) { error = error ?? problem }

    mutating func finish() throws(RoostError) -> OpenInference.Request {
        guard hasInputs else {
            throw RoostError(.invalidInput, "The request has no 'inputs'.", field: "inputs")
        }
        let inputs = renamed.map { [$0] } ?? named.compactMap { $0 }
        guard unknown.isEmpty, inputs.count == specs.count else {
            let missing = renamed != nil ? [] : zip(specs, named).filter { $0.1 == nil }.map(\.0)
            throw specs.mismatch(unknown: unknown, missing: missing)
        }
        original.raw("}")
        return OpenInference.Request(
            id: id,
            inputs: inputs,
            keys: keyValues,
            outputs: wanted,
            nonFinite: nonFinite,
            timeLimit: timeLimit,
            originalData: inputs.isEmpty || !keepsOriginal ? nil : original.bytes
        )
    }
}
