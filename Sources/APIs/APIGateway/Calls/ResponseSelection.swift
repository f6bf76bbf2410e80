import AWS
import Foundation

/// Chooses the integration response for what an integration returned.
///
/// The API's owner writes the patterns and callers may choose the text, so that all patterns together get a bounded time.
enum ResponseSelection {
    /// Longer texts are cut before they are matched.
    private static let lengthLimit = 4096
    private static let patternLimit = 1024

    /// What the patterns of one choice may take.
    struct Effort {
        /// One step is about 10,000 positions that were saved to go back to.
        var steps = 100
        /// Some positions take long: a reference to an earlier group compares texts.
        let deadline = ContinuousClock.now.advanced(by: .milliseconds(200))

        var isSpent: Bool { steps <= 0 || ContinuousClock.now > deadline }
    }

    static func check(_ pattern: String) throws {
        guard pattern.utf8.count <= patternLimit else {
            throw AWSError.badRequest(
                "Invalid selection pattern specified: it has more than \(patternLimit) bytes."
            )
        }
        guard (try? NSRegularExpression(pattern: pattern)) != nil else {
            throw AWSError.badRequest("Invalid selection pattern specified: \(pattern.prefix(200))")
        }
    }

    static func choose(
        _ responses: [String: RESTIntegrationResponse]?,
        _ selection: String?
    ) -> RESTIntegrationResponse? {
        let all = (responses ?? [:]).values.sorted { $0.statusCode < $1.statusCode }
        let plain = all.filter { $0.selectionPattern?.isEmpty ?? true }
        guard let selection else { return plain.first }
        let text = String(selection.prefix(lengthLimit))
        var effort = Effort()
        let matching = all.first { response in
            response.selectionPattern.map { !$0.isEmpty && matches($0, text, &effort) } ?? false
        }
        return matching ?? plain.first { $0.statusCode == selection } ?? plain.first
    }

    /// Whether a pattern matches a whole text. One that takes too much does not, and neither do those after it.
    static func matches(_ pattern: String, _ text: String, _ effort: inout Effort) -> Bool {
        guard !effort.isSpent,
            let expression = try? NSRegularExpression(
                pattern: #"\A(?:\#(pattern))\z"#,
                options: .dotMatchesLineSeparators
            )
        else { return false }
        var isFound = false
        var spent = effort
        let range = NSRange(text.startIndex..., in: text)
        expression.enumerateMatches(in: text, options: .reportProgress, range: range) { match, _, stop in
            isFound = isFound || match != nil
            spent.steps -= 1
            if match != nil || spent.isSpent { stop.pointee = true }
        }
        effort = spent
        return isFound
    }
}
