import Tensors

/// Reads the rows of a body in any format.
struct RowReader<Element: RowElement> {
    /// Numbers per row; `nil` if the first row decides.
    let width: Int?
    /// The substitute for a missing value; `nil` if missing values are not allowed.
    let missing: Element?
    /// The value of a feature that a sparse row omits.
    let unlisted: Element

    func read(_ body: UnsafeRawBufferPointer, as type: MediaType) throws(InvocationError) -> Rows<Element> {
        switch type {
        case .csv: return try readCSV(body)
        case .libsvm: return try readLibSVM(body)
        case .recordIO: return try readRecords(body)
        case .json, .jsonLines:
            do {
                return try readJSON(body, lines: type == .jsonLines)
            } catch let error as InvocationError {
                throw error
            } catch {
                throw InvocationError(415, "Unreadable JSON: \(error).")
            }
        }
    }

    /// Returns the maximum count of numbers in `body`, so that a body of known width needs only one allocation.
    private func capacity(of body: UnsafeRawBufferPointer) -> Int {
        guard let width else { return body.count / 4 + 1 }
        var lines = 1
        for byte in body where byte == 0x0A { lines &+= 1 }
        let (product, overflow) = lines.multipliedReportingOverflow(by: width)
        // Each number is followed by a separator or the end.
        return overflow ? body.count + 1 : min(product, body.count + 1)
    }

    // MARK: CSV

    private func readCSV(_ body: UnsafeRawBufferPointer) throws(InvocationError) -> Rows<Element> {
        var rows = Rows<Element>(width: width, capacity: capacity(of: body))
        guard let base = body.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return rows }
        let end = base + body.count
        let reader = NumberReader()
        let separator = Self.separator(base, end)
        var p = base
        while true {
            // Skip empty lines.
            while p < end, p.pointee == 0x0A || p.pointee == 0x0D { p += 1 }
            if p == end { return rows }
            var atEndOfRow = false
            while !atEndOfRow {
                let first = p
                while p < end, p.pointee == 0x20 || p.pointee == 0x09, p.pointee != separator { p += 1 }
                let isQuoted = p < end && p.pointee == UInt8(ascii: "\"")
                if isQuoted { p += 1 }
                if let value = Element.read(reader, &p, end) {
                    rows.append(value)
                } else if let missing {
                    rows.append(missing)
                } else {
                    throw notANumber(first, end, separator, rows.rowCount, rows.column)
                }
                if isQuoted {
                    guard p < end, p.pointee == UInt8(ascii: "\"") else {
                        throw notANumber(first, end, separator, rows.rowCount, rows.column - 1)
                    }
                    p += 1
                }
                while p < end, p.pointee == 0x20 || p.pointee == 0x09, p.pointee != separator { p += 1 }
                if p == end || p.pointee == 0x0A {
                    atEndOfRow = true
                } else if p.pointee == separator {
                    p += 1
                } else if p.pointee == 0x0D, p + 1 == end || p[1] == 0x0A {
                    atEndOfRow = true
                } else {
                    throw notANumber(first, end, separator, rows.rowCount, rows.column - 1)
                }
            }
            try rows.endRow("csv")
        }
    }

    /// Returns the separator: a comma, or another separator in the first line if it has no comma.
    private static func separator(_ base: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UInt8 {
        var p = base
        var other: UInt8?
        while p < end, p.pointee != 0x0A {
            switch p.pointee {
            case UInt8(ascii: ","): return UInt8(ascii: ",")
            case UInt8(ascii: ";"), UInt8(ascii: "|"), 0x09: other = other ?? p.pointee
            default: break
            }
            p += 1
        }
        return other ?? UInt8(ascii: ",")
    }

    private func notANumber(
        _ first: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>,
        _ separator: UInt8,
        _ row: Int,
        _ column: Int
    ) -> InvocationError {
        var p = first
        while p < end, p - first < 40, p.pointee != separator, p.pointee != 0x0A, p.pointee != 0x0D { p += 1 }
        let text = String(decoding: UnsafeBufferPointer(start: first, count: p - first), as: UTF8.self)
        let what = text.allSatisfy(\.isWhitespace) ? "is empty" : "is not a number: '\(text)'"
        return InvocationError(415, "Unreadable csv: column \(column + 1) of row \(row + 1) \(what).")
    }

    // MARK: libsvm

    private func readLibSVM(_ body: UnsafeRawBufferPointer) throws(InvocationError) -> Rows<Element> {
        guard let width else {
            throw InvocationError(415, "The model has no fixed number of features, so libsvm rows cannot be read.")
        }
        var rows = Rows<Element>(width: width, capacity: min(width, body.count))
        let reader = NumberReader()
        for (index, line) in body.split(separator: 0x0A).enumerated() {
            let text = UnsafeRawBufferPointer(rebasing: line.prefix { $0 != UInt8(ascii: "#") })
            guard let base = text.baseAddress?.assumingMemoryBound(to: UInt8.self) else { continue }
            let end = base + text.count
            func skipSpace(_ p: inout UnsafePointer<UInt8>) {
                while p < end, p.pointee == 0x20 || p.pointee == 0x09 || p.pointee == 0x0D { p += 1 }
            }
            var p = base
            skipSpace(&p)
            if p == end { continue }
            try rows.fillRow(with: unlisted)
            var isFirst = true
            while p < end {
                let isGroup = end - p >= 4 && p[0] == UInt8(ascii: "q") && p[3] == UInt8(ascii: ":")
                if isGroup { p += 4 }
                guard let number = reader.readDouble(&p, end) else {
                    throw InvocationError(
                        415,
                        "Unreadable libsvm: row \(index + 1) is not a list of INDEX:VALUE pairs."
                    )
                }
                if isGroup || (isFirst && (p == end || p.pointee != UInt8(ascii: ":"))) {
                    // A label, or the row's group.
                } else {
                    guard p < end, p.pointee == UInt8(ascii: ":"), let column = Int(exactly: number), column >= 0 else {
                        throw InvocationError(
                            415,
                            "Unreadable libsvm: row \(index + 1) is not a list of INDEX:VALUE pairs."
                        )
                    }
                    p += 1
                    guard let value = Element.read(reader, &p, end) else {
                        throw InvocationError(
                            415,
                            "Unreadable libsvm: feature \(column) of row \(index + 1) is not a number."
                        )
                    }
                    guard column < width else {
                        throw InvocationError(
                            400,
                            "Feature size of libsvm inference data \(column + 1) is not consistent with feature size "
                                + "of trained model \(width)"
                        )
                    }
                    rows.set(value, at: column)
                }
                isFirst = false
                skipSpace(&p)
            }
            try rows.endRow("libsvm")
        }
        return rows
    }
}
