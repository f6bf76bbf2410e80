package import Definitions

extension Span {
    private static let units = [(seconds: 86_400, name: "d"), (seconds: 3600, name: "h"), (seconds: 60, name: "min")]

    /// A length of time that people chose, in the largest unit in which it is a whole number: 90 s, 2 h, 14 d.
    package static func chosen(_ seconds: Int) -> String {
        let unit = units.first { seconds != 0 && seconds.isMultiple(of: $0.seconds) } ?? (1, "s")
        return "\(Numbers.count(seconds / unit.seconds))\u{00A0}\(unit.name)"
    }
}

extension TimeSpan {
    /// As people read it: 90 s, 2 h, 14 d.
    package var words: String { Span.chosen(seconds) }
}
