extension StringProtocol {
    /// The number of columns that the text takes on a terminal.
    var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

    /// Returns the text, or as much of its beginning as fits into `width` columns with an ellipsis.
    func cut(to width: Int) -> String {
        guard displayWidth > width else { return String(self) }
        guard width > 0 else { return "" }
        var used = 1
        let kept = prefix {
            used += $0.displayWidth
            return used <= width
        }
        return kept + "…"
    }
}

extension Character {
    /// The number of columns that the character takes on a terminal: 2 for most Chinese, Japanese and Korean characters and for
    /// emoji, and 0 for what only changes its neighbors.
    fileprivate var displayWidth: Int {
        unicodeScalars.contains { $0.value == 0xFE0F }
            ? 2 : unicodeScalars.reduce(0) { Swift.max($0, $1.displayWidth) }
    }
}

extension Unicode.Scalar {
    fileprivate var displayWidth: Int {
        guard value >= 0x300 else { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return properties.isEmojiPresentation || isWide ? 2 : 1
        }
    }

    /// Whether the scalar is Wide or Fullwidth.
    ///
    /// - Source: Unicode Standard Annex #11, *East Asian Width*; its blocks of ideographs, kana, Hangul and wide forms.
    private var isWide: Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
            0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F2FF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
