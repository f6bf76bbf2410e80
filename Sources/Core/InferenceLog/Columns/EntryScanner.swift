import Encodings
import Tensors

/// Reads lines of the log into a ``ScannedEntry``.
struct EntryScanner {
    enum Outcome {
        case entry
        /// The line is not an entry.
        /// - Parameter isHeaded: Whether it begins like one, so that ``LogCursor`` returns it.
        case skipped(isHeaded: Bool)
    }

    var entry = ScannedEntry()
    var inputs = NameTable(limit: ColumnLimits.columns)
    var features = NameTable(limit: ColumnLimits.columns)
    var keys = NameTable(limit: ColumnLimits.keys)
    var subjects = SubjectTable()
    /// Whether the current line's first four members have been read.
    private var isHeaded = false
    /// Whether the subject was found by its text, though more of its members follow.
    private var hasLateSubject = false

    mutating func scan(_ line: UnsafeRawBufferPointer) -> Outcome {
        hasLateSubject = false
        do throws(JSONError) {
            try read(line, usesTexts: true)
            if hasLateSubject { try read(line, usesTexts: false) }
            return .entry
        } catch {
            return .skipped(isHeaded: isHeaded)
        }
    }

    private mutating func read(_ line: UnsafeRawBufferPointer, usesTexts: Bool) throws(JSONError) {
        entry.reset()
        isHeaded = false
        var cursor = try JSONCursor(line)
        try cursor.expect(UInt8(ascii: "{"), "'{'")
        var first = true
        var count = 0
        var subject = LogEntrySubject()
        var isSubjectKnown = false
        // The subject's members, as long as they follow one another.
        var subjectRange: Range<Int>?
        var isSubjectOpen = false
        var isSubjectSplit = false
        while let name = try cursor.nextName(first: &first) {
            if count < 4 {
                switch name {
                case "time": entry.time = Int64(try cursor.readInt())
                case "id": entry.idHash = StableHash.hash(try cursor.readString())
                case "valid":
                    if try cursor.readBool() { entry.flags.insert(.valid) } else { entry.flags.remove(.valid) }
                case "model_name":
                    _ = cursor.peek()
                    let start = cursor.offset
                    if usesTexts, count == 3,
                        let known = subjects.code(atStartOf: UnsafeRawBufferPointer(rebasing: line[start...]))
                    {
                        entry.subject = known.code
                        isSubjectKnown = true
                        cursor.rewind(to: start + known.byteCount)
                    } else {
                        subject.modelName = try cursor.readString()
                        subjectRange = start..<cursor.offset
                        isSubjectOpen = count == 3
                        isSubjectSplit = count != 3
                    }
                default: throw cursor.notAnEntry
                }
                count += 1
                isHeaded = count == 4
                continue
            }
            if try readSubject(name, &cursor, &subject) {
                if isSubjectKnown { hasLateSubject = true }
                if isSubjectOpen, let range = subjectRange {
                    subjectRange = range.lowerBound..<cursor.offset
                } else {
                    isSubjectSplit = true
                }
                continue
            }
            isSubjectOpen = false
            try readMember(name, &cursor)
        }
        guard count == 4 else { throw cursor.notAnEntry }
        try cursor.expectEnd()
        if !isSubjectKnown {
            let text = isSubjectSplit ? nil : subjectRange.map { UnsafeRawBufferPointer(rebasing: line[$0]) }
            entry.subject = subjects.code(of: subject, text: text)
        }
    }

    /// Returns `false` if the member is not one of the subject's.
    private func readSubject(
        _ name: JSONName,
        _ cursor: inout JSONCursor,
        _ subject: inout LogEntrySubject
    ) throws(JSONError) -> Bool {
        switch name {
        case "model_version": subject.modelVersion = try cursor.readText() ?? ""
        case "role": subject.role = try cursor.readText() ?? ""
        case "pipeline_name": try cursor.skipValue()
        case "pipeline_version": subject.pipelineVersion = try cursor.readText() ?? ""
        case "experiment": subject.experiment = try cursor.readText()
        case "variant": subject.variant = try cursor.readText()
        case "share": subject.share = try cursor.takeNull() ? nil : try cursor.readDouble()
        default: return false
        }
        return true
    }

    private mutating func readMember(_ name: JSONName, _ cursor: inout JSONCursor) throws(JSONError) {
        switch name {
        case "elapsed": entry.elapsed = Int64(try cursor.readInt())
        case "unit":
            entry.unit = try cursor.readHash()
            if entry.unit != nil { entry.flags.insert(.hasUnit) }
        case "keys": try readKeys(&cursor)
        case "outputs": try readOutputs(&cursor)
        case "error":
            guard try !cursor.takeNull() else { break }
            try cursor.skipValue()
            entry.flags.insert(.failed)
        case "original_data": try readInputs(&cursor)
        case "rows":
            guard cursor.peek() == UInt8(ascii: "{") else { return try cursor.skipValue() }
            _ = cursor.take(UInt8(ascii: "{"))
            var first = true
            while let name = try cursor.nextName(first: &first) {
                guard case "total" = name else {
                    try cursor.skipValue()
                    continue
                }
                entry.totalRows = UInt32(exactly: try cursor.readInt())
                entry.flags.insert(.cut)
            }
        case "omitted":
            guard try !cursor.takeNull() else { break }
            try cursor.skipValue()
            entry.flags.insert(.omitted)
        default: try cursor.skipValue()
        }
    }

    private mutating func readKeys(_ cursor: inout JSONCursor) throws(JSONError) {
        guard cursor.peek() == UInt8(ascii: "{") else { return try cursor.skipValue() }
        _ = cursor.take(UInt8(ascii: "{"))
        var first = true
        while let name = try cursor.nextName(first: &first) {
            let index = keys.index(of: name)
            if let hash = try cursor.readHash(), let index { entry.keys.append((index, hash)) }
        }
    }

    /// Reads `[{"Float":{"data":[…],"dim":[2,1],"v":1}},…]`.
    private mutating func readOutputs(_ cursor: inout JSONCursor) throws(JSONError) {
        guard cursor.peek() == UInt8(ascii: "[") else { return try cursor.skipValue() }
        _ = cursor.take(UInt8(ascii: "["))
        var index = 0
        var first = true
        while try cursor.nextElement(first: &first) {
            defer { index += 1 }
            guard cursor.peek() == UInt8(ascii: "{") else {
                try cursor.skipValue()
                continue
            }
            _ = cursor.take(UInt8(ascii: "{"))
            var firstTag = true
            while try cursor.nextName(first: &firstTag) != nil {
                guard cursor.peek() == UInt8(ascii: "{") else {
                    try cursor.skipValue()
                    continue
                }
                _ = cursor.take(UInt8(ascii: "{"))
                try readOutput(index, &cursor)
            }
        }
    }

    private mutating func readOutput(_ index: Int, _ cursor: inout JSONCursor) throws(JSONError) {
        let start = entry.values.count
        var rowCount: Int?
        var isFlat = false
        var first = true
        while let name = try cursor.nextName(first: &first) {
            switch name {
            case "data":
                entry.values.removeLast(entry.values.count - start)
                let form = try readNested(&cursor).form
                isFlat = form == .array || form == .scalar
            case "dim": rowCount = try readRowCount(&cursor)
            default: try cursor.skipValue()
            }
        }
        let count = entry.values.count - start
        // There are as many values in each row; without values, any number of rows would fit.
        let isRegular =
            isFlat && rowCount.map { $0 >= 0 && ($0 == 0 ? count == 0 : count > 0 && count % $0 == 0) } ?? false
        entry.parts.append(
            ScannedPart(
                source: .output(index),
                form: isRegular ? .array : .irregular,
                rowCount: rowCount ?? 1,
                values: start..<entry.values.count
            )
        )
    }

    /// Returns the first length of a shape; 1 if it has none.
    private func readRowCount(_ cursor: inout JSONCursor) throws(JSONError) -> Int {
        try cursor.expect(UInt8(ascii: "["), "a shape")
        var count: Int?
        var first = true
        while try cursor.nextElement(first: &first) {
            let length = try cursor.readInt()
            count = count ?? length
        }
        return count ?? 1
    }

    private mutating func readInputs(_ cursor: inout JSONCursor) throws(JSONError) {
        switch cursor.peek() {
        case UInt8(ascii: "{"):
            _ = cursor.take(UInt8(ascii: "{"))
            var first = true
            while let name = try cursor.nextName(first: &first) { try readInput(inputs.index(of: name), &cursor) }
        case UInt8(ascii: "["): try readInput(inputs.index(of: ""), &cursor)
        default: try cursor.skipValue()
        }
    }

    private mutating func readInput(_ name: Int?, _ cursor: inout JSONCursor) throws(JSONError) {
        guard let name else { return try cursor.skipValue() }
        let start = entry.values.count
        let (form, rowCount) = try readNested(&cursor)
        entry.parts.append(
            ScannedPart(source: .input(name), form: form, rowCount: rowCount, values: start..<entry.values.count)
        )
    }
}
