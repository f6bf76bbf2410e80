import Definitions
package import Foundation
import Tensors

/// The response to an inference, read again for people.
package struct InferenceAnswer: Decodable {
    /// A validation that failed, or that could not be evaluated.
    package struct Failure: Decodable {
        package var expression: String
        package var rows: [Int]?
        package var message: String?

        package init(from decoder: any Decoder) throws {
            struct Detail: Decodable {
                var expr: String
                var rows: [Int]?
                var message: String?
            }
            let detail = try decoder.singleValueContainer().decode([String: Detail].self).values.first
            expression = detail?.expr ?? ""
            rows = detail?.rows
            message = detail?.message
        }
    }

    package var model: String
    package var version: String
    package var elapsedNanoseconds: Double
    package var outputs: [OutputValues]
    package var failures: [Failure]
    package var challengers: [String: [OutputValues]]

    enum CodingKeys: String, CodingKey {
        case model = "model_name"
        case version = "model_version"
        case elapsedNanoseconds = "elapsed"
        case outputs
        case failures = "check_failures"
        case challengers = "shadow_data"
    }

    /// Returns the member `result` of a response, which functions after the models have made; `nil` without such functions.
    ///
    /// It stays as the server wrote it: its numbers may have more digits than a `Double`.
    package static func functionResult(in response: Data) throws -> String? {
        try response.withUnsafeBytes { bytes in
            var cursor = try JSONCursor(bytes)
            try cursor.expect(UInt8(ascii: "{"), "an object")
            var isFirst = true
            var key = ""
            while try cursor.nextKey(first: &isFirst, into: &key) {
                let value = try cursor.rawValue()
                if key == "result" { return String(decoding: value, as: UTF8.self) }
            }
            return nil
        }
    }
}
