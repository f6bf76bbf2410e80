import Foundation

/// What a request line on the fast path asks for.
enum InferenceTarget: Equatable {
    /// `POST /v1/pipelines/NAME/infer`
    case native(pipeline: String)
    /// `POST /v2/models/NAME[/versions/VERSION]/infer`
    case openInference(name: String, version: String?)

    /// - Returns: `nil` for every other path.
    init?(path uri: String) {
        let path = uri.prefix { $0 != "?" }
        guard path.hasSuffix("/infer") else { return nil }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
            $0.contains("%") ? ($0.removingPercentEncoding ?? String($0)) : String($0)
        }
        if parts.count == 4, parts[0] == "v1", parts[1] == "pipelines" {
            self = .native(pipeline: parts[2])
        } else if parts.count == 4, parts[0] == "v2", parts[1] == "models" {
            self = .openInference(name: parts[2], version: nil)
        } else if parts.count == 6, parts[0] == "v2", parts[1] == "models", parts[3] == "versions" {
            self = .openInference(name: parts[2], version: parts[4])
        } else {
            return nil
        }
    }
}
