import Definitions
import Tensors

/// A parameter of a request, an input or an output. Of the parameters that other servers document, those that could change the
/// response are applied or refused, and the others are ignored.
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
    /// A string's content, or a number or Boolean as it was written; `nil` for an array or an object.
    let value: String?
    let place: Place

    /// Whether it asks for what happens anyway.
    var isHarmless: Bool {
        switch (name, place) {
        // A priority does not change the response. 'binary_data_output' only says that binary tensors are also accepted, for
        // outputs that are not named: Triton's client sends it.
        case ("priority", .request), ("binary_data_output", .request): true
        case ("binary_data", .input), ("binary_data", .output),
            ("sequence_start", .request), ("sequence_end", .request):
            value == "false"
        case ("sequence_id", .request), ("classification", .output): value == "0"
        // 'np' is a NumPy array, which a tensor is; 'str' is a string, which a BYTES element is.
        case ("content_type", .input(_, .bytes)): value == "np" || value == "str"
        case ("content_type", _): value == "np"
        default: false
        }
    }

    /// The error that says why the parameter is not supported.
    var refusal: RoostError {
        let reason =
            switch name {
            case "binary_data", "binary_data_size": ": tensors are always sent as JSON"
            case "sequence_id", "sequence_start", "sequence_end": ": each request is independent"
            case "headers": ": send them as HTTP headers"
            default: ""
            }
        return RoostError(
            .invalidInput,
            "The parameter '\(name.prefix(80))' \(place.text) is not supported\(reason). Omit it.",
            field: name
        )
    }
}

extension JSONCursor {
    /// Skips the next value if it is empty: `null`, `""`, `[]` or `{}`.
    ///
    /// - Returns: Whether the value was skipped. If not, it is still to be read.
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

    /// Reads a parameter's value for ``Parameter/value``.
    mutating func readParameterValue() throws(JSONError) -> String? {
        if peek() == UInt8(ascii: "[") || peek() == UInt8(ascii: "{") {
            try skipValue()
            return nil
        }
        return try readScalarText()
    }
}
