private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    /// Throws if the input has unknown keys, so that a misspelled field is an error and not ignored.
    package func refuseUnknownKeys<Key: CodingKey & CaseIterable>(_ keys: Key.Type) throws {
        let known = keys.allCases.map(\.stringValue)
        for key in try container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: codingPath,
                    debugDescription:
                        "unknown field '\(key.stringValue)'; expected one of: \(known.joined(separator: ", "))"
                )
            )
        }
    }
}

extension RawRepresentable where Self: CaseIterable & Decodable, RawValue == String {
    /// Decodes a raw value. The error for an unknown value lists the known ones.
    public init(from decoder: any Decoder) throws {
        let word = try decoder.singleValueContainer().decode(String.self)
        guard let value = Self(rawValue: word) else {
            let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "unknown value '\(word.prefix(80))'; expected one of: \(known)"
                )
            )
        }
        self = value
    }
}
