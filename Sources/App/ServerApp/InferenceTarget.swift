import Encodings

/// The target of a request on the fast path.
enum InferenceTarget: Equatable {
    /// `POST /v1/pipelines/NAME/infer`
    case native(pipeline: String, query: String = "")
    /// `POST /v2/models/NAME[/versions/VERSION]/infer`
    case openInference(name: String, version: String?, query: String = "")
    /// `POST /endpoints/NAME/invocations`, signed for SageMaker, because a bucket may also be called `endpoints`.
    case endpoint(name: String)

    /// Parses bytes, not characters, because this runs for every request.
    ///
    /// - Returns: `nil` for every other path.
    init?(uri: String) {
        var path = uri.utf8.prefix { $0 != UInt8(ascii: "?") }
        if path.first != UInt8(ascii: "/") {
            // The absolute form, as proxies send it: http://host/path
            guard let scheme = path.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let authority = path[scheme...].dropFirst(3)
            guard let slash = authority.firstIndex(of: UInt8(ascii: "/")) else { return nil }
            path = path[slash...]
        }
        if let endpoint = Self.endpoint(path) {
            self = .endpoint(name: endpoint)
            return
        }
        guard path.count > 7, path.suffix(6).elementsEqual("/infer".utf8) else { return nil }
        let parts = path.dropFirst().dropLast(6).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        func matches(_ index: Int, _ text: String) -> Bool { parts[index].elementsEqual(text.utf8) }
        func name(_ index: Int) -> String {
            let text = String(Substring(parts[index]))
            return parts[index].contains(UInt8(ascii: "%")) ? text.percentDecoded : text
        }
        let query = uri.utf8.firstIndex(of: UInt8(ascii: "?")).map { String(uri[$0...].dropFirst()) } ?? ""
        if parts.count == 3, matches(0, "v1"), matches(1, "pipelines") {
            self = .native(pipeline: name(2), query: query)
        } else if parts.count == 3, matches(0, "v2"), matches(1, "models") {
            self = .openInference(name: name(2), version: nil, query: query)
        } else if parts.count == 5, matches(0, "v2"), matches(1, "models"), matches(3, "versions") {
            self = .openInference(name: name(2), version: name(4), query: query)
        } else {
            return nil
        }
    }

    /// Returns the endpoint's name, or `nil` if the path is not that of an invocation.
    private static func endpoint(_ path: Substring.UTF8View) -> String? {
        guard path.count > 23, path.starts(with: "/endpoints/".utf8),
            path.suffix(12).elementsEqual("/invocations".utf8),
            case let name = path.dropFirst(11).dropLast(12), !name.contains(UInt8(ascii: "/"))
        else { return nil }
        let text = String(Substring(name))
        return name.contains(UInt8(ascii: "%")) ? text.percentDecoded : text
    }
}
