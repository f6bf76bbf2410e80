import Definitions
import Tensors

/// Reads the body of a V2 request to infer, in one pass: `data` goes straight into a tensor of the model's type.
struct RequestReader {
    private let specs: [TensorSpec]
    private let keys: [String]
    private var id: String?
    private var keyValues: [String?]
    private var wanted: [String]?
    private var named: [Tensor?]
    private var positional: [(name: String, tensor: Tensor)] = []
    private var hasInputs = false
    /// The inputs by name as they were sent; `nil` once one was flat where its rows are more than one.
    private var original: JSONWriter? = JSONWriter()
    /// What is being read, for messages.
    private(set) var field: String?
    /// What is wrong with an input although it is JSON of the right form.
    private(set) var error: RoostError?

    init(specs: [TensorSpec], keys: [String]) {
        self.specs = specs
        self.keys = keys
        keyValues = [String?](repeating: nil, count: keys.count)
        named = [Tensor?](repeating: nil, count: specs.count)
    }

    mutating func read(_ cursor: inout JSONCursor) throws(JSONError) {
        try cursor.expect(UInt8(ascii: "{"), "An object with 'inputs'")
        var first = true
        var key = ""
        while try cursor.nextKey(first: &first, into: &key) {
            field = key
            switch key {
            case "id": id = try cursor.readString()
            case "parameters": try readParameters(&cursor)
            case "inputs":
                hasInputs = true
                try cursor.expect(UInt8(ascii: "["), "A list of inputs")
                var firstInput = true
                while try cursor.nextElement(first: &firstInput) { try readInput(&cursor) }
            case "outputs":
                try cursor.expect(UInt8(ascii: "["), "A list of outputs")
                var names: [String] = []
                var firstOutput = true
                while try cursor.nextElement(first: &firstOutput) { names.append(try readOutputName(&cursor)) }
                wanted = names.isEmpty ? nil : names
            default: try cursor.skipValue()
            }
            field = nil
        }
        try cursor.expectEnd()
    }

    private mutating func readParameters(_ cursor: inout JSONCursor) throws(JSONError) {
        try cursor.expect(UInt8(ascii: "{"), "An object of parameters")
        var first = true
        var key = ""
        while try cursor.nextKey(first: &first, into: &key) {
            if let index = keys.firstIndex(of: key) {
                keyValues[index] = try cursor.readScalarText()
            } else {
                try cursor.skipValue()
            }
        }
    }

    private mutating func readOutputName(_ cursor: inout JSONCursor) throws(JSONError) -> String {
        try cursor.expect(UInt8(ascii: "{"), "An object with 'name'")
        var name = ""
        var first = true
        var key = ""
        while try cursor.nextKey(first: &first, into: &key) {
            if key == "name" { name = try cursor.readString() } else { try cursor.skipValue() }
        }
        return name
    }

    private mutating func readInput(_ cursor: inout JSONCursor) throws(JSONError) {
        try cursor.expect(UInt8(ascii: "{"), "An object with 'name', 'datatype', 'shape' and 'data'")
        var name: String?
        var dataType: String?
        var shape: [Int]?
        var tensor: Tensor?
        var text = UnsafeRawBufferPointer(start: nil, count: 0)
        // `data` before `name` and `datatype` has to wait until it is known what it is.
        var dataOffset: Int?
        let position = positional.count
        var first = true
        var key = ""
        while try cursor.nextKey(first: &first, into: &key) {
            switch key {
            case "name":
                name = try cursor.readString()
                field = name
            case "datatype": dataType = try cursor.readString()
            case "shape": shape = try readShape(&cursor)
            case "data":
                // Not as another type than the request says: the error would be about a number, and not about the type.
                if let name, let spec = spec(named: name, position: position), dataType ?? "" == spec.dataType.rawValue
                {
                    let start = cursor.offset
                    tensor = try cursor.readTensor(of: spec.dataType)
                    text = cursor.bytes(since: start)
                } else {
                    dataOffset = cursor.offset
                    try cursor.skipValue()
                }
            default: try cursor.skipValue()
            }
        }
        guard let name else { return fail("An input has no 'name'.", "inputs") }
        guard let spec = spec(named: name, position: position) else { return fail(unknown(name), name) }
        guard let dataType, let shape else {
            return fail("Input '\(name)' has no '\(dataType == nil ? "datatype" : "shape")'.", name)
        }
        guard dataType == spec.dataType.rawValue else {
            return fail("Input '\(name)' must be \(spec.dataType.rawValue), but the request sent \(dataType).", name)
        }
        if let dataOffset {
            let end = cursor.offset
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
            guard named[index] == nil else { return fail("Input '\(name)' came twice.", name) }
            named[index] = shaped
        } else {
            positional.append((name, shaped))
        }
    }

    /// A larger input is not worth a copy: nobody keeps it.
    private static let keptBytes = 32 << 10

    /// Keeps an input as it was sent: nested as the shape is, or flat and one row.
    private mutating func keep(_ text: UnsafeRawBufferPointer, as name: String, _ tensor: Tensor, _ shape: [Int]) {
        let isNested = tensor.shape == shape
        guard isNested || shape.count == 2 && shape[0] == 1, text.count <= Self.keptBytes else {
            return original = nil
        }
        guard var writer = original else { return }
        original = nil
        writer.raw(writer.count == 0 ? "{" : ",")
        writer.string(name)
        writer.raw(isNested ? ":" : ":[")
        writer.raw(text)
        if !isNested { writer.raw("]") }
        original = writer
    }

    private func spec(named name: String, position: Int) -> TensorSpec? {
        if let spec = specs.first(where: { $0.name == name }) { return spec }
        // By position only where no input came by name.
        return named.allSatisfy { $0 == nil } && position < specs.count ? specs[position] : nil
    }

    private func readShape(_ cursor: inout JSONCursor) throws(JSONError) -> [Int] {
        try cursor.expect(UInt8(ascii: "["), "A list of lengths")
        var shape: [Int] = []
        var first = true
        while try cursor.nextElement(first: &first) {
            guard shape.count < JSONCursor.maxRank else { throw cursor.unexpected("A shape of at most 16 lengths") }
            let start = cursor.offset
            do throws(JSONError) {
                let length = try cursor.readInt()
                guard length >= 0 else { throw JSONError(kind: .unexpected, message: "", offset: start) }
                shape.append(length)
            } catch {
                guard error.kind == .unexpected else { throw error }
                let end = cursor.offset
                if end == start { throw cursor.unexpected("A whole number from 0 on") }
                let came = String(decoding: cursor.bytes(since: start).prefix(32), as: UTF8.self)
                    .trimmingPrefix { $0.isWhitespace }
                throw JSONError(
                    kind: .unexpected,
                    message: "A shape is a list of whole numbers from 0 on, but it has \(came)",
                    offset: start
                )
            }
        }
        return shape
    }

    /// `data` may be flat or nested as the shape; its elements must be as many as the shape says.
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
        error = error ?? RoostError(.invalidInput, message, field: field)
    }

    private func unknown(_ name: String) -> String {
        "There is no input '\(name)'; the model takes \(specs.map { "'\($0.name)'" }.joined(separator: ", "))."
    }

    func finish() throws(RoostError) -> OpenInference.Request {
        guard hasInputs else {
            throw RoostError(.invalidInput, "The request has no 'inputs'.", field: "inputs")
        }
        var inputs: [Tensor] = []
        if named.allSatisfy({ $0 == nil }), positional.count == specs.count {
            inputs = positional.map(\.tensor)
        } else {
            if let stranger = positional.first {
                throw RoostError(.invalidInput, unknown(stranger.name), field: stranger.name)
            }
            for (spec, tensor) in zip(specs, named) {
                guard let tensor else { throw spec.missing }
                inputs.append(tensor)
            }
        }
        var original = original
        original?.raw("}")
        return OpenInference.Request(
            id: id,
            inputs: inputs,
            keys: keyValues,
            outputs: wanted,
            originalData: inputs.isEmpty ? nil : original?.bytes
        )
    }
}
