import Foundation

/// The difference of two texts, in the format of `diff -u`.
enum UnifiedDiff {
    enum Kind { case header, hunk, kept, removed, added }

    struct Line: Equatable {
        var kind: Kind
        var text: String
    }

    private static let contextLines = 3

    /// Returns no lines if the texts are equal.
    static func lines(_ old: String, _ new: String, from oldName: String, to newName: String) -> [Line] {
        let changes = changes(old.split(separator: "\n").map(String.init), new.split(separator: "\n").map(String.init))
        let hunks = hunks(of: changes)
        guard !hunks.isEmpty else { return [] }
        var lines = [Line(kind: .header, text: "--- \(oldName)"), Line(kind: .header, text: "+++ \(newName)")]
        for hunk in hunks {
            let before = changes[..<hunk.lowerBound]
            let position = (before.count { $0.kind != .added }, before.count { $0.kind != .removed })
            let count = (changes[hunk].count { $0.kind != .added }, changes[hunk].count { $0.kind != .removed })
            let (from, to) = (range(position.0, count.0), range(position.1, count.1))
            lines.append(Line(kind: .hunk, text: "@@ -\(from) +\(to) @@"))
            lines += changes[hunk]
        }
        return lines
    }

    /// - Parameter position: The number of lines before.
    private static func range(_ position: Int, _ count: Int) -> String {
        // An empty range is named by the line before it.
        let first = count == 0 ? position : position + 1
        return count == 1 ? "\(first)" : "\(first),\(count)"
    }

    private static func changes(_ old: [String], _ new: [String]) -> [Line] {
        var removed: Set<Int> = []
        var added: Set<Int> = []
        for change in new.difference(from: old) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): added.insert(offset)
            }
        }
        var lines: [Line] = []
        var (oldIndex, newIndex) = (0, 0)
        while oldIndex < old.count || newIndex < new.count {
            if removed.contains(oldIndex) {
                lines.append(Line(kind: .removed, text: "-" + old[oldIndex]))
                oldIndex += 1
            } else if added.contains(newIndex) {
                lines.append(Line(kind: .added, text: "+" + new[newIndex]))
                newIndex += 1
            } else {
                lines.append(Line(kind: .kept, text: " " + old[oldIndex]))
                oldIndex += 1
                newIndex += 1
            }
        }
        return lines
    }

    /// Returns the ranges of changed lines with their context, joined if they touch.
    private static func hunks(of lines: [Line]) -> [Range<Int>] {
        var hunks: [Range<Int>] = []
        for index in lines.indices where lines[index].kind != .kept {
            let lower = max(0, index - contextLines)
            let upper = min(lines.count, index + contextLines + 1)
            if let last = hunks.last, lower <= last.upperBound {
                hunks[hunks.count - 1] = last.lowerBound..<upper
            } else {
                hunks.append(lower..<upper)
            }
        }
        return hunks
    }
}

extension Output {
    /// Prints a difference, in color if standard output is a terminal.
    static func show(_ difference: [UnifiedDiff.Line]) {
        for line in difference {
            switch line.kind {
            case .header: printStyled("1", line.text)
            case .hunk: printStyled("36", line.text)
            case .removed: printStyled("31", line.text)
            case .added: printStyled("32", line.text)
            case .kept: print(line.text, terminator: "")
            }
            print("")
        }
    }
}
