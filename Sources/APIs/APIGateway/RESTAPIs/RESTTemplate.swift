import AWS
import Foundation

/// A mapping template: a constant text, or one that passes the body on. Programs in Velocity's language are not supported.
enum RESTTemplate: Sendable, Equatable {
    case constant(String)
    case body

    private static let bodies: Set<String> = [
        "$input.body", "$input.json('$')", #"$input.json("$")"#, "$input.path('$')", "$input.json('$.')", "",
    ]

    init(_ text: String, in subject: String) throws {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if Self.bodies.contains(trimmed) {
            self = .body
        } else if Self.isConstant(text) {
            self = .constant(text)
        } else {
            throw AWSError.notSupported(
                "The mapping template in '\(subject)' uses Velocity (VTL): '\(trimmed.prefix(80))'. This",
                "Use a constant template such as {\"statusCode\": 200}, $input.json('$'), or the integration type AWS_PROXY."
            )
        }
    }

    /// Whether a text has no reference (`$input`, `${x}`, `$!x`), no directive (`#set`, `#{if}`) and no comment (`##`, `#*`).
    private static func isConstant(_ text: String) -> Bool {
        let directives =
            /#\{?@?(set|if|else|elseif|end|foreach|break|stop|macro|include|parse|define|evaluate|return)\b/
        return text.firstMatch(of: /\$!?\{?[A-Za-z_]/) == nil && text.firstMatch(of: /#[#*\[]/) == nil
            && text.firstMatch(of: directives) == nil
    }

    /// Returns the template for a content type.
    static func find(_ templates: [String: String]?, for contentType: String) -> String? {
        templates?.first { $0.key.lowercased() == contentType }?.value
    }
}
