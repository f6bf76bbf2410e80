import Foundation
import Tensors

/// JSON that people type.
enum JSONText {
    /// Says why a text is not JSON, and where; `nil` if it is.
    ///
    /// - Returns: A sentence without its period.
    static func problem(in text: String) -> String? {
        guard text.contains(where: { !$0.isWhitespace }) else { return "This field is empty" }
        guard let error = Data(text.utf8).withUnsafeBytes({ JSONCursor.syntaxError(in: $0) }) else { return nil }
        let place = String(decoding: text.utf8.prefix(max(0, error.offset)), as: UTF8.self).count
        return "\(error.message), at character \(place + 1)"
    }
}
