import Definitions

/// Kinds of events as people choose them.
enum EventWords {
    /// The parts of kinds before the dot, in the order of the kinds. A test of a webhook is not kept.
    static let groups: [String] = EventKind.allCases.reduce(into: []) { groups, kind in
        let group = EventWords.group(of: kind)
        if kind != .webhookTest, !groups.contains(group) { groups.append(group) }
    }

    /// Each group, and the kinds in it.
    static let choices: [(value: String, text: String)] = groups.flatMap { group in
        let kinds = EventKind.allCases.filter { EventWords.group(of: $0) == group }
        let all = kinds.count > 1 ? [(value: group + ".*", text: "\(group): all")] : []
        return all + kinds.map { (value: $0.rawValue, text: "\(group): \(words($0))") }
    }

    private static func group(of kind: EventKind) -> String { String(kind.rawValue.prefix { $0 != "." }) }

    private static func words(_ kind: EventKind) -> String {
        String(kind.rawValue.drop { $0 != "." }.dropFirst()).replacing("_", with: " ")
    }
}
