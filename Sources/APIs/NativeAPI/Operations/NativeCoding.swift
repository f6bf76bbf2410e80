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
