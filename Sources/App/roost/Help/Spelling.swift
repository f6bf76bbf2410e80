/// Finds words that are meant by a misspelled one.
enum Spelling {
    /// Returns the only candidate that begins with the word, or else the one that differs least; `nil` if none is similar.
    static func closest(to word: String, among candidates: [String]) -> String? {
        let longer = candidates.filter { word.count > 1 && $0.hasPrefix(word.lowercased()) }
        if longer.count == 1 { return longer[0] }
        let distances = candidates.map { (candidate: $0, distance: distance(word, $0)) }
        guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, min(word.count, best.candidate.count) / 3) ? best.candidate : nil
    }

    /// The number of characters to insert, delete, replace, or swap with the next one, to make one word of the other.
    static func distance(_ first: String, _ second: String) -> Int {
        let first = Array(first.lowercased().prefix(100))
        let second = Array(second.lowercased().prefix(100))
        var rows = [Array(0..<(second.count + 1))]
        for (i, character) in first.enumerated() {
            var row = [i + 1]
            for (j, other) in second.enumerated() {
                var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (character == other ? 0 : 1))
                if i > 0, j > 0, character == second[j - 1], first[i - 1] == other {
                    best = min(best, rows[i - 1][j - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[first.count][second.count]
    }
}
