/// Collects the texts of a column as codes into a dictionary of the distinct ones, in the order of their appearance.
struct TextBuilder {
    /// 0 for a row without a text, otherwise one more than the index of the text.
    private(set) var codes: [UInt32] = []
    /// The distinct texts after one another, and where each ends.
    private(set) var bytes: [UInt8] = []
    private(set) var ends: [UInt32] = []
    /// An open-addressing hash table of codes; 0 is a free place.
    private var table: [UInt32] = []

    /// The size of its memory.
    var byteCount: Int { bytes.count + (codes.count + ends.count + table.count) * 4 }

    /// Makes the column end at `row`, without texts from its end on.
    mutating func pad(to row: Int, _ budget: inout Int) -> Bool {
        guard row > codes.count else { return true }
        budget -= (row - codes.count) * 4
        guard budget >= 0 else { return false }
        codes.append(contentsOf: repeatElement(0, count: row - codes.count))
        return true
    }

    /// Sets the text of a row: the last one, the next one, or a later one.
    ///
    /// - Returns: `nil` if it was set, otherwise why the column is dropped.
    mutating func put(_ text: String, at row: Int, _ budget: inout Int) -> LogDroppedColumn.Reason? {
        guard pad(to: row + 1, &budget) else { return .tooMuchMemory }
        let before = byteCount
        var text = text
        guard let code = text.withUTF8({ code(of: $0) }) else { return .tooMuchText }
        budget -= byteCount - before
        guard budget >= 0 else { return .tooMuchMemory }
        codes[row] = code
        return nil
    }

    /// Clears the text of a row.
    mutating func clear(_ row: Int) { if row < codes.count { codes[row] = 0 } }

    private mutating func code(of text: UnsafeBufferPointer<UInt8>) -> UInt32? {
        if ends.count * 2 >= table.count { growTable() }
        let place = place(of: text)
        if table[place] != 0 { return table[place] }
        guard ends.count < ColumnLimits.texts, text.count <= ColumnLimits.textBytes - bytes.count else { return nil }
        bytes.append(contentsOf: text)
        ends.append(UInt32(bytes.count))
        table[place] = UInt32(ends.count)
        return table[place]
    }

    /// Returns the place of the text in the table, or the free place for it.
    private func place(of text: UnsafeBufferPointer<UInt8>) -> Int {
        // The seed differs between processes, so nobody can send texts that collide.
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(text))
        let mask = table.count - 1
        var place = hasher.finalize() & mask
        while table[place] != 0, !isText(Int(table[place]) - 1, text) { place = (place + 1) & mask }
        return place
    }

    private func isText(_ index: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = index == 0 ? 0 : Int(ends[index - 1])
        let end = Int(ends[index])
        guard end - start == text.count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            (0..<text.count).allSatisfy { bytes[start + $0] == text[$0] }
        }
    }

    private mutating func growTable() {
        table = [UInt32](repeating: 0, count: max(16, table.count * 2))
        bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            for (index, end) in ends.enumerated() {
                table[place(of: UnsafeBufferPointer(rebasing: bytes[start..<Int(end)]))] = UInt32(index + 1)
                start = Int(end)
            }
        }
    }

    /// Whether all texts are names of numbers that JSON cannot express, which stand for missing numbers.
    var isOnlyNonFinite: Bool {
        let words = ["NaN", "Infinity", "-Infinity"]
        var start = 0
        for end in ends {
            guard words.contains(String(decoding: bytes[start..<Int(end)], as: UTF8.self)) else { return false }
            start = Int(end)
        }
        return true
    }
}
