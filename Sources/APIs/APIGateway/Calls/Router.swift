import Encodings

/// Finds what answers a path: a fixed segment beats `{x}`, and that beats `{x+}`.
struct Router<Value: Sendable>: Sendable {
    struct Match: Sendable {
        let value: Value
        /// As they were sent, percent-encoded.
        let parameters: [String: String]
    }

    private struct Leaf: Sendable {
        /// The names of the parameters, in order.
        let names: [String]
        let value: Value
    }

    private struct Node: Sendable {
        var fixed: [String: Int] = [:]
        var parameter: Int?
        var greedy: Int?
        /// By HTTP method, or `ANY`.
        var leaves: [String: Leaf] = [:]

        func leaf(_ method: String) -> Leaf? { leaves[method] ?? leaves["ANY"] }
    }

    private var nodes = [Node()]

    /// - Parameter pattern: `/pets/{id}`, `/{proxy+}`.
    mutating func add(_ method: String, _ pattern: String, _ value: Value) {
        var current = 0
        var names: [String] = []
        for segment in pattern.split(separator: "/") {
            let next: Int
            if segment.hasPrefix("{"), segment.hasSuffix("}") {
                let isGreedy = segment.hasSuffix("+}")
                names.append(String(segment.dropFirst().dropLast(isGreedy ? 2 : 1)))
                next = (isGreedy ? nodes[current].greedy : nodes[current].parameter) ?? nodes.count
                if isGreedy { nodes[current].greedy = next } else { nodes[current].parameter = next }
            } else {
                let text = segment.percentDecoded
                next = nodes[current].fixed[text] ?? nodes.count
                nodes[current].fixed[text] = next
            }
            if next == nodes.count { nodes.append(Node()) }
            current = next
        }
        nodes[current].leaves[method] = Leaf(names: names, value: value)
    }

    /// Splits a path. A slash at its end does not count.
    static func segments(of path: some StringProtocol) -> [Substring] {
        var segments = String(path).split(separator: "/", omittingEmptySubsequences: false)
        if segments.first?.isEmpty == true { segments.removeFirst() }
        if segments.last?.isEmpty == true { segments.removeLast() }
        return segments
    }

    /// Finds the value for a request.
    ///
    /// - Parameter choosesByPath: Whether the best path decides, even if it has not the method. Otherwise, a path without the
    ///   method does not count.
    func find(_ method: String, _ segments: [Substring], choosesByPath: Bool) -> Match? {
        let accepts: (Node) -> Bool = { choosesByPath ? !$0.leaves.isEmpty : $0.leaf(method) != nil }
        var values: [String] = []
        guard let found = search(0, segments[...], &values, accepts), let leaf = nodes[found].leaf(method) else {
            return nil
        }
        return Match(
            value: leaf.value,
            parameters: Dictionary(zip(leaf.names, values)) { _, last in last }
        )
    }

    /// Recurses as deep as the longest pattern, and visits each node at most once.
    private func search(
        _ index: Int,
        _ segments: ArraySlice<Substring>,
        _ values: inout [String],
        _ accepts: (Node) -> Bool
    ) -> Int? {
        let node = nodes[index]
        guard let segment = segments.first else { return accepts(node) ? index : nil }
        if let next = node.fixed[segment.percentDecoded],
            let found = search(next, segments.dropFirst(), &values, accepts)
        {
            return found
        }
        guard !segment.isEmpty else { return nil }
        if let next = node.parameter {
            values.append(String(segment))
            if let found = search(next, segments.dropFirst(), &values, accepts) { return found }
            values.removeLast()
        }
        guard let next = node.greedy, accepts(nodes[next]) else { return nil }
        values.append(segments.joined(separator: "/"))
        return next
    }
}
