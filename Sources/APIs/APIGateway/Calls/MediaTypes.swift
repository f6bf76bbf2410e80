import Foundation

/// The media types that an API treats as binary.
struct MediaTypes: Sendable {
    private let patterns: [String]

    init(_ types: [String]) { patterns = types.map { $0.lowercased() } }

    /// Whether a header's first media type is one of these.
    func contain(_ header: String?) -> Bool {
        if patterns.contains("*/*") { return true }
        guard let header else { return false }
        let type = header.prefix { $0 != ";" && $0 != "," }.trimmingCharacters(in: .whitespaces).lowercased()
        let main = type.prefix { $0 != "/" }
        return !type.isEmpty && patterns.contains { $0 == type || $0 == "\(main)/*" }
    }
}
