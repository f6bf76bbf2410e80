import Definitions
import Foundation

/// Writes a picture as SVG. Text is escaped, and numbers are finite.
struct SVG {
    enum Anchor: String {
        case start, middle, end
    }

    enum Color {
        static let background = "#ffffff"
        static let ink = "#1f2937"
        static let muted = "#6b7280"
        static let grid = "#e5e7eb"
        static let fill = "#dbe4ee"
        // Blue, vermilion and gray are told apart by almost everyone.
        static let first = "#475569"
        static let second = "#0072b2"
        static let better = "#0072b2"
        static let worse = "#d55e00"
    }

    private var body = ""

    mutating func line(
        _ x1: Double,
        _ y1: Double,
        _ x2: Double,
        _ y2: Double,
        color: String = Color.grid,
        width: Double = 1,
        dash: String? = nil
    ) {
        let dash = dash.map { #" stroke-dasharray="\#($0)""# } ?? ""
        body +=
            #"<line x1="\#(Self.number(x1))" y1="\#(Self.number(y1))" x2="\#(Self.number(x2))" y2="\#(Self.number(y2))""#
        body += #" stroke="\#(color)" stroke-width="\#(Self.number(width))" stroke-linecap="butt"\#(dash)/>"# + "\n"
    }

    mutating func rectangle(
        _ x: Double,
        _ y: Double,
        _ width: Double,
        _ height: Double,
        color: String,
        radius: Double = 0
    ) {
        body += #"<rect x="\#(Self.number(x))" y="\#(Self.number(y))" width="\#(Self.number(max(width, 0)))""#
        body += #" height="\#(Self.number(max(height, 0)))" rx="\#(Self.number(radius))" fill="\#(color)"/>"# + "\n"
    }

    mutating func circle(_ x: Double, _ y: Double, radius: Double, color: String, isHollow: Bool = false) {
        let paint =
            isHollow ? #"fill="\#(Color.background)" stroke="\#(color)" stroke-width="1.5""# : #"fill="\#(color)""#
        body +=
            #"<circle cx="\#(Self.number(x))" cy="\#(Self.number(y))" r="\#(Self.number(radius))" \#(paint)/>"# + "\n"
    }

    mutating func curve(_ points: [(x: Double, y: Double)], color: String) {
        let places = points.map { "\(Self.number($0.x)),\(Self.number($0.y))" }.joined(separator: " ")
        body +=
            #"<polyline points="\#(places)" fill="none" stroke="\#(color)" stroke-width="1.8" stroke-linejoin="round"/>"#
        body += "\n"
    }

    /// - Parameter y: The baseline.
    mutating func text(
        _ text: String,
        _ x: Double,
        _ y: Double,
        size: Double = 12,
        color: String = Color.ink,
        anchor: Anchor = .start,
        isBold: Bool = false
    ) {
        let weight = isBold ? #" font-weight="600""# : ""
        let place = anchor == .start ? "" : #" text-anchor="\#(anchor.rawValue)""#
        body += #"<text x="\#(Self.number(x))" y="\#(Self.number(y))" font-size="\#(Self.number(size))""#
        body += #" fill="\#(color)"\#(place)\#(weight)>\#(Self.escaped(text))</text>"# + "\n"
    }

    /// Returns the document.
    func document(width: Double, height: Double, title: String) -> String {
        let size = "\(Self.number(width)) \(Self.number(height))"
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(Self.number(width))" height="\(Self.number(height))" \
            viewBox="0 0 \(size)" role="img" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif">
            <title>\(Self.escaped(title))</title>
            <rect width="100%" height="100%" fill="\(Color.background)"/>
            \(body)</svg>

            """
    }

    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        // Browsers draw nothing reasonable beyond this.
        let rounded = (min(max(value, -1e6), 1e6) * 100).rounded() / 100
        return rounded == rounded.rounded() ? String(format: "%.0f", rounded) : String(format: "%.2f", rounded)
    }

    /// Returns text without characters that XML does not allow, with its own characters escaped.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\t", "\n", "\r": escaped += " "
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
            // Text whose direction changes could pretend to be other text.
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

// MARK: Text that fits

extension SVG {
    /// The usual width of a character, as a part of the font's size. A program that writes SVG cannot measure text.
    private static let characterWidth = 0.56

    /// Returns the text, cut to a width.
    static func fit(_ text: String, _ width: Double, size: Double = 12) -> String {
        let count = max(Int(saturating: width / (size * characterWidth)), 1)
        return text.count <= count ? text : text.prefix(count - 1) + "…"
    }

    /// Returns lines of a width; a word that is longer is cut into pieces.
    static func wrapped(_ text: String, _ width: Double, size: Double = 12) -> [String] {
        let count = max(Int(saturating: width / (size * characterWidth)), 8)
        var lines: [String] = []
        var line = ""
        for word in text.split(whereSeparator: \.isWhitespace) {
            var word = String(word)
            if !line.isEmpty, line.count + 1 + word.count > count {
                lines.append(line)
                line = ""
            }
            while word.count > count {
                lines.append(String(word.prefix(count)))
                word = String(word.dropFirst(count))
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
