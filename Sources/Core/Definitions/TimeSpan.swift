/// A length of time that users write as `90s`, `15m`, `1h`, `1d` or `2w`.
public struct TimeSpan: Sendable, Hashable, Codable, CustomStringConvertible {
    private static let units: KeyValuePairs<Character, Int> = [
        "w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1,
    ]

    public var seconds: Int

    public init(seconds: Int) { self.seconds = seconds }

    /// A span that is too long becomes `Int.max` seconds.
    ///
    /// - Returns: `nil` unless the text is a whole number that is not negative, and a unit.
    public init?(_ text: String) {
        guard let last = text.last, let unit = Self.units.first(where: { $0.key == last })?.value,
            text.dropLast().allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int(text.dropLast())
        else { return nil }
        let (seconds, isTooLong) = count.multipliedReportingOverflow(by: unit)
        self.seconds = isTooLong ? .max : seconds
    }

    /// In the largest unit in which it is a whole number.
    public var description: String {
        let unit = Self.units.first { seconds != 0 && seconds.isMultiple(of: $0.value) }
        return unit.map { "\(seconds / $0.value)\($0.key)" } ?? "0s"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let span = TimeSpan(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "'\(text.prefix(40))' is not a length of time, such as 90s, 15m, 1h, 1d or 2w"
            )
        }
        self = span
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
