public import Definitions
import Encodings
public import Foundation
import Tensors

/// The JSON format of the native API. Times are RFC 3339 in UTC with microseconds.
public enum NativeCoding {
    /// A new encoder.
    public static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(timestamp(date))
        }
        return encoder
    }

    /// A new decoder.
    public static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let text = try decoder.singleValueContainer().decode(String.self)
            guard let date = date(text) else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not a valid RFC 3339 time")
                )
            }
            return date
        }
        return decoder
    }

    /// Returns a time as `2026-11-21T05:15:00.123456Z`.
    public static func timestamp(_ date: Date) -> String { RFC3339.string(microseconds: date.microseconds) }

    /// Parses an RFC 3339 time, with or without a fraction of a second.
    public static func date(_ text: String) -> Date? { RFC3339.date(text) }

    /// Decodes a request's body, and describes errors in the caller's terms.
    public static func decode<Value: Decodable>(_ type: Value.Type, from body: Data) throws(RoostError) -> Value {
        // Our own parser reports where a text stops being JSON.
        if let error = body.withUnsafeBytes({ JSONCursor.syntaxError(in: $0) }) {
            throw RoostError(.invalidInput, "The body is not valid JSON: \(error).", field: "body")
        }
        do {
            return try decoder.decode(type, from: body)
        } catch let error as DecodingError {
            throw RoostError(decoding: error)
        } catch {
            throw RoostError(.invalidInput, "The body is not valid JSON.", field: "body")
        }
    }
}

extension RoostError {
    /// Describes a decoding error for the sender of the text.
    public init(decoding error: DecodingError) {
        func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
            let keys = context.codingPath + (last.map { [$0] } ?? [])
            return keys.reduce("") { path, key in
                key.intValue.map { "\(path)[\($0)]" } ?? (path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)")
            }
        }
        func subject(_ context: DecodingError.Context) -> String {
            path(context).isEmpty ? "The body" : "The field '\(path(context))'"
        }
        let (field, message): (String, String) =
            switch error {
            case .keyNotFound(let key, let context):
                (path(context, key), "The field '\(path(context, key))' is missing.")
            case .typeMismatch(let type, let context):
                (path(context), "\(subject(context)) must be \(Self.name(of: type))\(Self.found(in: context)).")
            case .valueNotFound(_, let context): (path(context), "\(subject(context)) must not be null.")
            case .dataCorrupted(let context): (path(context), Self.describe(context, subject(context)))
            @unknown default: ("body", "The body cannot be read.")
            }
        self.init(.invalidInput, message, field: field.isEmpty ? "body" : field)
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
