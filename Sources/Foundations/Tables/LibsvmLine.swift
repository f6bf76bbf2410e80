import Tensors

/// Reads the words of one line of libsvm: `LABEL[:WEIGHT] [qid:QUERY] COLUMN:VALUE …`.
struct LibsvmLine {
    /// No more digits are read of a column that is greater: it is more likely a mistake than data.
    static let highestColumn = 100_000_000

    var position: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>
    let reader: NumberReader

    /// Takes the next line off the text from `start` to `end`, and moves `start` behind it. The line ends at its comment.
    @inline(__always)
    init(_ start: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ reader: NumberReader) {
        var lineEnd = start
        while lineEnd < end, lineEnd.pointee != 0x0A { lineEnd += 1 }
        var textEnd = start
        while textEnd < lineEnd, textEnd.pointee != UInt8(ascii: "#") { textEnd += 1 }
        position = start
        self.end = textEnd
        self.reader = reader
        start = lineEnd < end ? lineEnd + 1 : lineEnd
    }

    @inline(__always)
    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    var isAtEnd: Bool { position == end }

    /// Whether the current word ends here.
    @inline(__always)
    var isAtEndOfWord: Bool { position == end || Self.isSpace(position.pointee) }

    /// Advances to the next word. Returns `false` if there is none.
    @inline(__always)
    mutating func nextWord() -> Bool {
        while position < end, Self.isSpace(position.pointee) { position += 1 }
        return position < end
    }

    /// The first 40 bytes of the word that begins at `start`.
    func word(at start: UnsafePointer<UInt8>) -> String {
        var p = start
        while p < end, !Self.isSpace(p.pointee), p - start < 40 { p += 1 }
        return String(decoding: UnsafeBufferPointer(start: start, count: p - start), as: UTF8.self)
    }

    /// Reads `COLUMN:`. Returns `nil` if something else comes next, which is then not consumed.
    @inline(__always)
    mutating func column() -> Int? {
        var p = position
        var column = 0
        while p < end, p.pointee &- 0x30 < 10, column <= Self.highestColumn {
            column = column &* 10 &+ Int(p.pointee &- 0x30)
            p += 1
        }
        guard p > position, p < end, p.pointee == UInt8(ascii: ":") else { return nil }
        position = p + 1
        return column
    }

    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        guard position < end, position.pointee == byte else { return false }
        position += 1
        return true
    }

    /// Reads a number; `nil` if there is none.
    @inline(__always)
    mutating func number<Element: RowElement>(as _: Element.Type) -> Element? { Element.read(reader, &position, end) }
}
