import Definitions
import Tensors

/// A parameter of a request, an input or an output: of those that other servers document, what may change the answer is done or
/// refused, and what may not is passed over.
///
/// - Source: Triton's *Parameters*, *Sequence*, *Schedule Policy*, *Classification*, *Binary Tensor Data* and *Shared Memory*
///   extensions; MLServer's *Content Types* and *Request parameters*.
struct Parameter {
    enum Place {
        case request
        case input(String, DataType)
        case output(String)

        fileprivate var text: String {
            switch self {
            case .request: "of the request"
            case .input(let name, _): "of input '\(name)'"
            case .output(let name): "of output '\(name)'"
            }
        }
    }

    let name: String
    /// A string's content, a number or truth value as it was written; `nil` for an array or an object.
    let value: String?
    let place: Place

    /// Whether it asks for what is done anyway.
    var isHarmless: Bool {
        switch (name, place) {
        // Whose turn it is says nothing of what the answer is; and who asks for no output by name takes each as it comes: Triton's
        // client says that it takes binary tensors too.
        case ("priority", .request), ("binary_data_output", .request): true
        case ("binary_data", .input), ("binary_data", .output),
            ("sequence_start", .request), ("sequence_end", .request):
            value == "false"
        case ("sequence_id", .request), ("classification", .output): value == "0"
        // An array of NumPy is a tensor, and a BYTES element is a string.
        case ("content_type", .input(_, .bytes)): value == "np" || value == "str"
        case ("content_type", _): value == "np"
        default: false
        }
    }

    /// Why it cannot be done.
    var refusal: RoostError {
        let reason =
            switch name {
            case "binary_data", "binary_data_size": ": tensors are sent and answered as JSON"
            case "sequence_id", "sequence_start", "sequence_end": ": each request is answered for itself"
            case "headers": ": send them as headers of HTTP"
            default: ""
            }
        return RoostError(
            .invalidInput,
            "The parameter '\(name.prefix(80))' \(place.text) is not supported\(reason). Leave it out.",
            field: name
        )
    }
}

extension JSONCursor {
    /// Whether the value that comes next says nothing: `null`, `""`, `[]` or `{}`. It is passed over then, and else is still to be
    /// read.
    mutating func takeNothing() throws(JSONError) -> Bool {
        let start = offset
        switch peek() {
        case UInt8(ascii: "n"), UInt8(ascii: "\""), UInt8(ascii: "["), UInt8(ascii: "{"): break
        default: return false
        }
        try skipValue()
        let text = bytes(since: start).prefix(64).filter { $0 > 0x20 }
        if ["null", "\"\"", "[]", "{}"].contains(where: { $0.utf8.elementsEqual(text) }) { return true }
        rewind(to: start)
        return false
    }

    /// A parameter's value, as ``Parameter/value`` has it.
    mutating func readParameterValue() throws(JSONError) -> String? {
        if peek() == UInt8(ascii: "[") || peek() == UInt8(ascii: "{") {
            try skipValue()
            return nil
        }
        return try readScalarText()
    }
}
