import Definitions
import Encodings
import Foundation

/// JSON text with placeholders such as `{{message}}`, which stand for an event's values.
struct WebhookTemplate {
    static let lengthLimit = 16 * 1024
    static let names = ["message", "kind", "subject", "subject_kind", "time", "sequence", "by"]

    private enum Part {
        case text(Substring)
        case value(String)
    }

    private let parts: [Part]

    init(_ text: String) throws(RoostError) {
        guard text.utf8.count <= Self.lengthLimit else {
            throw Self.problem("The template has more than \(Self.lengthLimit) bytes.")
        }
        var parts: [Part] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "{{") {
            guard let end = rest[start.upperBound...].firstRange(of: "}}") else {
                throw Self.problem("The template has a '{{' without a '}}'.")
            }
            let name = rest[start.upperBound..<end.lowerBound].trimmingCharacters(in: .whitespaces)
            guard Self.names.contains(name) || name.hasPrefix("details.") else {
                throw Self.problem(
                    "Unknown placeholder '\(name.prefix(80))' in the template. Expected details.NAME or one of: "
                        + "\(Self.names.joined(separator: ", "))."
                )
            }
            parts += [.text(rest[..<start.lowerBound]), .value(name)]
            rest = rest[end.upperBound...]
        }
        self.parts = parts + [.text(rest)]
        for sample in Self.samples {
            guard (try? JSONSerialization.jsonObject(with: body(of: sample), options: .fragmentsAllowed)) != nil else {
                throw Self.problem(
                    "The template is not valid JSON. A placeholder must stand in a string: {\"text\": \"{{message}}\"}."
                )
            }
        }
    }

    private static func problem(_ message: String) -> RoostError {
        RoostError(.invalidInput, message, field: "template")
    }

    func body(of event: Event) -> Data {
        var text = ""
        for part in parts {
            switch part {
            case .text(let part): text += part
            case .value(let name): text += Self.escaped(Self.value(name, of: event))
            }
        }
        return Data(text.utf8)
    }

    private static func value(_ name: String, of event: Event) -> String {
        switch name {
        case "message": event.message
        case "kind": event.kind.rawValue
        case "subject": event.subject.name
        case "subject_kind": event.subject.kind.rawValue
        case "time": RFC3339.string(microseconds: event.time.microseconds)
        case "sequence": String(event.sequence)
        case "by": event.by ?? ""
        default: event.details[String(name.dropFirst("details.".count))] ?? ""
        }
    }

    /// Returns the string as it stands between the quotes of JSON.
    private static func escaped(_ string: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // Every string can be encoded.
        let json = (try? encoder.encode(string)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
        return String(json.dropFirst().dropLast())
    }

    /// Events whose values differ in all that matters to the syntax.
    private static let samples: [Event] = [
        Event(
            sequence: 1,
            time: Date(timeIntervalSince1970: 0),
            kind: .webhookTest,
            subject: .init(.webhook, "w"),
            message: "",
            details: [:]
        ),
        Event(
            sequence: 123_456,
            time: Date(timeIntervalSince1970: 0),
            kind: .webhookTest,
            subject: .init(.webhook, "\"w\" \\"),
            message: "a \"b\" \\ \n",
            by: "\"c\" \\",
            details: [:]
        ),
    ]
}
