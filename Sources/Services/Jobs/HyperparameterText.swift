import Foundation

/// How the SDK writes hyperparameters of scripts: each value as JSON.
enum HyperparameterText {
    /// What a script is told of a value: a JSON text without its quotes, `true` as Python writes it, else as it is.
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

    /// A value as JSON: as it is where it is JSON already.
    static func json(_ value: String) -> Any {
        (try? JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed)) ?? value
    }
}
