import Encodings

/// A path in which `{name}` stands for one segment.
package struct PathTemplate: Sendable {
    private let segments: [Substring]

    package init(_ template: String) { segments = Self.split(template[...]) }

    /// The number of segments, which a path that matches has as well.
    var segmentCount: Int { segments.count }

    /// Returns the parameters of a path, decoded; `nil` if it does not match.
    ///
    /// - Parameter path: Percent-encoded.
    package func parameters(of path: String) -> [String: String]? {
        let given = Self.split(path[...])
        guard given.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (segment, value) in zip(segments, given) {
            if segment.hasPrefix("{") {
                parameters[String(segment.dropFirst().dropLast())] = value.percentDecoded
            } else if segment != value {
                return nil
            }
        }
        return parameters
    }

    static func split(_ path: Substring) -> [Substring] { path.split(separator: "/", omittingEmptySubsequences: false) }
}
