/// Splits a stream of bytes into lines.
struct LineCutter {
    /// Longer lines are split, so that an endless line does not use up the memory.
    static let limit = 1 << 16

    private var rest: [UInt8] = []

    mutating func append(_ bytes: ArraySlice<UInt8>, _ onLine: (String) -> Void) {
        var bytes = bytes
        while let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            rest += bytes[..<end]
            emit(onLine)
            bytes = bytes[(end + 1)...]
        }
        rest += bytes
        if rest.count >= Self.limit { emit(onLine) }
    }

    /// Emits the last line if it has no line break.
    mutating func finish(_ onLine: (String) -> Void) {
        if !rest.isEmpty { emit(onLine) }
    }

    private mutating func emit(_ onLine: (String) -> Void) {
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        onLine(String(decoding: rest, as: UTF8.self))
        rest.removeAll(keepingCapacity: true)
    }
}
