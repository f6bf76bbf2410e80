import AWS

/// A tag of a role or a policy. Keys are unique if case is ignored, but keep their case.
struct IAMTag: Codable, Sendable, Equatable {
    static let limit = 50

    let key: String
    let value: String

    var json: JSON { .object(["Key": .string(key), "Value": .string(value)]) }

    /// Reads the tags of an input.
    ///
    /// - Throws: `InvalidInput` if a key is repeated.
    static func list(_ input: JSON) throws(AWSError) -> [IAMTag] {
        let tags = (input["Tags"]?.array ?? []).compactMap { tag -> IAMTag? in
            guard let key = tag["Key"]?.string, let value = tag["Value"]?.string else { return nil }
            return IAMTag(key: key, value: value)
        }
        guard Set(tags.map { $0.key.lowercased() }).count == tags.count else {
            throw AWSError(
                "InvalidInput",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive."
            )
        }
        return tags
    }
}

extension [IAMTag] {
    /// Adds tags, and replaces those with the same keys.
    mutating func merge(_ tags: [IAMTag]) throws(AWSError) {
        remove(keys: tags.map(\.key))
        append(contentsOf: tags)
        guard count <= IAMTag.limit else {
            throw .limitExceeded("The number of tags has reached the maximum limit.")
        }
    }

    mutating func remove(keys: [String]) {
        let keys = Set(keys.map { $0.lowercased() })
        removeAll { keys.contains($0.key.lowercased()) }
    }
}
