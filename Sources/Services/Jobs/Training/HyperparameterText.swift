import Foundation

/// Converts hyperparameters of scripts, whose values the SDK sends as JSON.
enum HyperparameterText {
    /// Returns a value as scripts receive it: a JSON string without its quotes, `true` as Python's `True`, otherwise unchanged.
    static func plain(_ value: String) -> String {
        guard let json = try? JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed) else {
            return value
        }
        if let text = json as? String { return text }
        switch value.trimmingCharacters(in: .whitespaces) {
        case "true": return "True"
        case "false": return "False"
        case "null": return ""
        default: return value
        }
    }

    /// Returns a value as JSON, unchanged if it already is JSON.
    static func json(_ value: String) -> Any {
        (try? JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed)) ?? value
    }
}
