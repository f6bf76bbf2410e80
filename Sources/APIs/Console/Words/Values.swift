import Definitions
import Foundation
import Words

/// Values of requests and definitions as text.
enum Values {
    /// Up to six significant digits, with a real minus.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞" }
        return number(written: String(format: "%.6g", value))
    }

    /// A number as programs write it, with a real minus and a real power of ten: 2.92659 × 10⁻⁵.
    static func number(written text: String) -> String {
        guard let mark = text.firstIndex(where: { $0 == "e" || $0 == "E" }),
            let exponent = Int(text[text.index(after: mark)...])
        else { return text.replacing("-", with: "−") }
        return text[..<mark].replacing("-", with: "−") + "\u{00A0}×\u{00A0}" + Numbers.power(exponent)
    }

    /// - Parameter limit: The most characters; the rest is cut off.
    static func text(_ value: DocumentValue, limit: Int = 2000) -> String {
        let whole = describe(value, depth: 0)
        return whole.count > limit ? String(whole.prefix(limit)) + "…" : whole
    }

    private static func describe(_ value: DocumentValue, depth: Int) -> String {
        guard depth < 16 else { return "…" }
        switch value {
        case .null: return "null"
        case .boolean(let truth): return truth ? "true" : "false"
        case .unsigned(let integer): return "\(integer)"
        case .integer(let integer): return integer < 0 ? "−\(integer.magnitude)" : "\(integer)"
        case .number(let number): return self.number(number)
        case .string(let text): return text
        case .list(let elements):
            let rest = elements.count - 100
            let shown = elements.prefix(100).map { describe($0, depth: depth + 1) }.joined(separator: ", ")
            return "[" + shown + (rest > 0 ? ", … \(rest) more]" : "]")
        case .object(let members):
            let shown = members.sorted { $0.key < $1.key }.prefix(100)
            return "{" + shown.map { "\($0.key): \(describe($0.value, depth: depth + 1))" }.joined(separator: ", ")
                + "}"
        }
    }
}

/// The values of an input, each with its place or the name of its column.
struct NamedValues: Sendable {
    struct Item: Sendable {
        var place: String
        var value: String
    }

    let items: [Item]
    /// The number of all values, of which only the first are items.
    let count: Int

    /// - Parameter columns: The names of the columns of a row; `nil` if they have none.
    init(_ value: DocumentValue, columns: [String]?, limit: Int) {
        var items: [Item] = []
        var count = 0
        Self.collect(value, at: [], columns, limit, &items, &count)
        // One row is the usual case, and its number says nothing.
        if items.allSatisfy({ $0.place.hasPrefix("0, ") }) {
            items = items.map { Item(place: String($0.place.dropFirst(3)), value: $0.value) }
        }
        self.items = items
        self.count = count
    }

    private static func collect(
        _ value: DocumentValue,
        at place: [String],
        _ columns: [String]?,
        _ limit: Int,
        _ items: inout [Item],
        _ count: inout Int
    ) {
        switch value {
        case .list(let elements) where place.count < 16:
            for (index, element) in elements.enumerated() {
                let name = place.count == 1 && columns?.count == elements.count ? columns?[index] : nil
                collect(element, at: place + [name ?? String(index)], columns, limit, &items, &count)
            }
        case .object(let members) where place.count < 16:
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                collect(member, at: place + [name], columns, limit, &items, &count)
            }
        default:
            count += 1
            if items.count < limit {
                items.append(Item(place: place.joined(separator: ", "), value: String(Values.text(value, limit: 400))))
            }
        }
    }
}
