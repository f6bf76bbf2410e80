import Definitions
import Foundation
import Words

/// Writes a picture as SVG. Text is escaped, and numbers are finite.
struct SVG {
    enum Anchor: String {
        case start, middle, end
    }

    /// The colors of the console. Gray is what is, and blue is what is new: the champion and the baseline, the challenger and the window.
    enum Color {
        static let background = "#ffffff"
        static let sunk = "#f4f4f1"
        static let ink = "#1b1b19"
        static let muted = "#5a5954"
        static let grid = "#eeede9"
        static let edge = "#8f8e88"
        /// Behind what is, such as a noise band or the bar of a count.
        static let fill = "#dcdbd6"
        static let base = "#8b8a84"
        static let new = "#1f55c4"
        static let good = "#0b6b4d"
        static let warning = "#8a5600"
        static let warningMark = "#c27d00"
        static let bad = "#b3261e"
        static let badMark = "#c8402f"

        /// The same colors on a dark ground.
        static let dark = [
            (background, "#131416"), (sunk, "#1d1f22"), (ink, "#ececea"), (muted, "#acaca7"), (grid, "#212327"),
            (edge, "#6f7278"), (fill, "#3a3c41"), (base, "#8a8b8d"), (new, "#8db1ff"), (good, "#62c9a1"),
            (warning, "#e3b152"), (warningMark, "#d99a2b"), (bad, "#ff9184"), (badMark, "#e8604f"),
        ]

        /// What replaces each color where dark is preferred. An attribute yields to any style, and stays without one.
        static let style: String = {
            let rules = dark.flatMap { light, dark in
                ["fill", "stroke"].map { ".roost-picture [\($0)=\"\(light)\"]{\($0):\(dark)}" }
            }
            return "@media (prefers-color-scheme:dark){\(rules.joined())}"
        }()

        /// The color of a word, of which only warnings and what is bad have their own.
        static func word(_ kind: Status.Kind) -> String {
            switch kind {
            case .ok, .busy: ink
            case .warn: warning
            case .bad: bad
            case .off, .unknown: muted
            }
        }
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

    /// Draws a state: its shape, then its word.
    ///
    /// - Returns: The width.
    mutating func status(_ status: Status, _ x: Double, _ y: Double, size: Double = 12, isBold: Bool = false) -> Double
    {
        mark(status, x + 5, y - 4)
        text(status.word, x + 16, y, size: size, color: Color.word(status.kind), isBold: isBold)
        return 16 + Double(status.word.count) * size * Self.characterWidth
    }

    /// Draws the shape of a state around a point.
    mutating func mark(_ status: Status, _ x: Double, _ y: Double) {
        let color = Color.word(status.kind)
        body += #"<g transform="translate(\#(Self.number(x - 5)) \#(Self.number(y - 5)))">"#
        switch status.kind {
        case .ok: body += #"<circle cx="5" cy="5" r="4.2" fill="\#(Color.good)"/>"#
        case .busy:
            body += #"<circle cx="5" cy="5" r="4.2" fill="none" stroke="\#(Color.new)" stroke-width="1.4"/>"#
            body += #"<path d="M5 .8a4.2 4.2 0 0 1 0 8.4z" fill="\#(Color.new)"/>"#
        case .warn: body += #"<path d="M5 .4 10 9.4H0z" fill="\#(Color.warningMark)"/>"#
        case .bad: body += #"<path d="M5 0l5 5-5 5-5-5z" fill="\#(Color.badMark)"/>"#
        case .off: body += #"<circle cx="5" cy="5" r="4" fill="none" stroke="\#(color)" stroke-width="1.3"/>"#
        case .unknown:
            body += #"<circle cx="5" cy="5" r="4" fill="none" stroke="\#(color)" stroke-width="1.3""#
            body += #" stroke-dasharray="1.7 1.45"/>"#
        }
        body += "</g>\n"
    }

    mutating func curve(_ points: [(x: Double, y: Double)], color: String) {
        let places = points.map { "\(Self.number($0.x)),\(Self.number($0.y))" }.joined(separator: " ")
        body +=
            #"<polyline points="\#(places)" fill="none" stroke="\#(color)" stroke-width="1.5" stroke-linejoin="round"/>"#
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
            <svg xmlns="http://www.w3.org/2000/svg" class="roost-picture" width="\(Self.number(width))" height="\(Self.number(height))" \
            viewBox="0 0 \(size)" role="img" font-family="system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif">
            <title>\(Self.escaped(title))</title>
            <style>\(Color.style)</style>
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
        // A space that does not break stays.
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\t" || $0.isNewline }) {
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
