import Foundation

extension RoostError {
    /// Describes a decoding error for the sender of the text.
    ///
    /// - Parameter document: What the text is, such as `constraints.json`, if it is not the body of a request.
    public init(decoding error: DecodingError, of document: String? = nil) {
        func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
            let keys = context.codingPath + (last.map { [$0] } ?? [])
            return keys.reduce("") { path, key in
                key.intValue.map { "\(path)[\($0)]" } ?? (path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)")
            }
        }
        func field(_ path: String) -> String { "The field '\(path)'\(document.map { " of \($0)" } ?? "")" }
        func subject(_ context: DecodingError.Context) -> String {
            path(context).isEmpty ? document ?? "The body" : field(path(context))
        }
        let (name, message): (String, String) =
            switch error {
            case .keyNotFound(let key, let context):
                (path(context, key), "\(field(path(context, key))) is missing.")
            case .typeMismatch(let type, let context):
                (path(context), "\(subject(context)) must be \(Self.name(of: type))\(Self.found(in: context)).")
            case .valueNotFound(_, let context): (path(context), "\(subject(context)) must not be null.")
            case .dataCorrupted(let context): (path(context), Self.describe(context, subject(context)))
            @unknown default: ("body", "\(document ?? "The body") cannot be read.")
            }
        self.init(.invalidInput, message, field: name.isEmpty ? document ?? "body" : name)
    }

    /// Describes text that cannot be parsed, or a value that is not valid.
    private static func describe(_ context: DecodingError.Context, _ subject: String) -> String {
        let detail = context.debugDescription.trimmingCharacters(in: CharacterSet(charactersIn: ". \n"))
        guard let cause = context.underlyingError else { return "\(subject) is not valid: \(detail)." }
        // A parser's message may have several lines and mark the position; here it becomes part of a sentence.
        let lines = ((cause as NSError).userInfo["NSDebugDescription"] as? String ?? "\(cause)").split(separator: "\n")
        let reason = lines.filter { $0 != "^" }.joined(separator: " ")
        return "\(subject) is not valid: \(reason.trimmingCharacters(in: CharacterSet(charactersIn: ". \n")))."
    }

    /// Returns what was found instead, if the decoder reports it.
    private static func found(in context: DecodingError.Context) -> String {
        // YAML's decoder names its own types, which mean nothing to a user.
        guard let range = context.debugDescription.range(of: "but found "),
            !context.debugDescription.contains("Node")
        else { return "" }
        return ", but got "
            + context.debugDescription[range.upperBound...].replacing(" instead.", with: "").replacing(
                " instead",
                with: ""
            )
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is any BinaryInteger.Type, is any BinaryFloatingPoint.Type: "a number"
        case is Bool.Type: "true or false"
        case is any Collection.Type where "\(type)".hasPrefix("Array"): "a list"
        // YAML's decoder reports the kind of node that it expected.
        case _ where "\(type)" == "Sequence": "a list"
        case _ where "\(type)" == "Scalar": "a single value"
        default: "an object"
        }
    }
}
