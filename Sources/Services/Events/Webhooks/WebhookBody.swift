import Definitions
import Encodings
import Foundation

/// What the requests of a webhook contain.
enum WebhookBody {
    case standard
    case slack
    case template(WebhookTemplate)

    init(_ definition: WebhookDefinition) throws(RoostError) {
        switch (definition.shownFormat, definition.template) {
        case (.standard, nil): self = .standard
        case (.slack, nil): self = .slack
        case (.template, let template?): self = .template(try WebhookTemplate(template))
        case (.template, nil):
            throw RoostError(.invalidInput, "The field 'template' is missing.", field: "template")
        case (let format, _?):
            throw RoostError(
                .invalidInput,
                "The format '\(format.rawValue)' has no template. Leave one of the two out.",
                field: "template"
            )
        }
    }

    func data(of event: Event) throws -> Data {
        switch self {
        case .standard: return try Self.encoder.encode(event)
        case .slack:
            // Slack reads these three as markup.
            let text = event.message.replacingBytes(of: "&", with: "&amp;").replacingBytes(of: "<", with: "&lt;")
                .replacingBytes(of: ">", with: "&gt;")
            return try Self.encoder.encode(["text": text])
        case .template(let template): return template.body(of: event)
        }
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(RFC3339.string(microseconds: date.microseconds))
        }
        return encoder
    }
}

extension WebhookDefinition {
    var shownFormat: Format { format ?? (template == nil ? .standard : .template) }
}
