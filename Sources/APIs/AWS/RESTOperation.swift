import Encodings

/// How an operation of a service that speaks REST is called: by its method and path, with its input spread over the path, the
/// query, the headers and the body.
package struct RESTOperation: Sendable {
    enum Place: String, Sendable {
        case path = "u"
        case query = "q"
        case header = "h"
        /// A member of the document in the body.
        case body = "b"
        /// The whole body, which is no document of the service's own.
        case payload = "p"
    }

    /// Where a member of the input comes from.
    struct Binding: Sendable {
        let name: String
        let place: Place
        /// Its name in that place.
        let sentName: String
    }

    private enum Segment: Sendable {
        case fixed(String)
        case label(String)
    }

    package let name: String
    /// The status of a response that reports success.
    package let status: Int
    let bindings: [Binding]
    private let method: String
    private let segments: [Segment]
    /// `mode=import`: a parameter that tells two operations with the same path apart.
    private let parameter: (name: String, value: String)?

    init?(_ description: JSON) {
        guard let name = description["o"]?.string, let method = description["m"]?.string,
            let target = description["u"]?.string
        else { return nil }
        self.name = name
        self.method = method
        status = description["s"]?.int ?? 200
        let parts = target.split(separator: "?", maxSplits: 1)
        segments = RESTRequest.segments(of: parts[0]).map { segment in
            segment.hasPrefix("{") ? .label(String(segment.dropFirst().dropLast())) : .fixed(String(segment))
        }
        let pair = parts.count > 1 ? parts[1].split(separator: "=").map(String.init) : []
        parameter = pair.count == 2 ? (pair[0], pair[1]) : nil
        bindings = (description["b"]?.array ?? []).compactMap { binding in
            guard let parts = binding.array?.compactMap(\.string), parts.count == 3,
                let place = Place(rawValue: parts[1])
            else { return nil }
            return Binding(name: parts[0], place: place, sentName: parts[2])
        }
    }

    /// Whether the body is the operation's payload, rather than a document.
    package var takesPayload: Bool { bindings.contains { $0.place == .payload } }
    /// Whether the body is a document. Otherwise, it is ignored.
    var takesDocument: Bool { bindings.contains { $0.place == .body } }

    /// How specifically the operation describes a request: the number of fixed segments, plus one for its parameter.
    private var weight: Int {
        segments.count { if case .fixed = $0 { true } else { false } } + (parameter == nil ? 0 : 1)
    }

    /// Returns the labels of a path that the operation describes; `nil` if it does not describe the request.
    private func labels(_ method: String, _ path: [Substring], _ query: some StringProtocol) -> [String: String]? {
        guard method == self.method, path.count == segments.count else { return nil }
        if let parameter, !query.split(separator: "&").contains("\(parameter.name)=\(parameter.value)") { return nil }
        var labels: [String: String] = [:]
        for (segment, given) in zip(segments, path) {
            switch segment {
            case .fixed(let text): guard text == given else { return nil }
            case .label(let name):
                // A label cannot be empty, or `functions//code` would name a function.
                guard !given.isEmpty else { return nil }
                labels[name] = String(given).percentDecoded
            }
        }
        return labels
    }

    /// Returns the operation that a request asks for, and the labels in its path.
    ///
    /// - Parameters:
    ///   - path: The percent-encoded path. It is split before it is decoded: an ARN in it may contain slashes.
    ///   - query: The percent-encoded query.
    package static func find(
        _ operations: [RESTOperation],
        method: String,
        path: String,
        query: String
    ) -> (operation: RESTOperation, labels: [String: String])? {
        let segments = RESTRequest.segments(of: path)
        var best: (operation: RESTOperation, labels: [String: String])?
        for operation in operations {
            guard let labels = operation.labels(method, segments, query) else { continue }
            if let best, best.operation.weight >= operation.weight { continue }
            best = (operation, labels)
        }
        return best
    }
}

/// A request to a service that speaks REST, apart from its body.
package struct RESTRequest {
    package let labels: [String: String]
    package let query: [(name: String, value: String)]
    /// Returns the value of a header, given its name in lower case.
    package let header: (String) -> String?

    package init(labels: [String: String], query: String, header: @escaping (String) -> String?) {
        self.labels = labels
        self.query = PercentEncoding.pairs(of: query, plusIsSpace: true)
        self.header = header
    }

    /// Splits a path. A slash at its end does not count.
    static func segments(of path: some StringProtocol) -> [Substring] {
        var segments = String(path).split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        if segments.last?.isEmpty == true { segments.removeLast() }
        return Array(segments)
    }
}
