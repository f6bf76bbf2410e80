extension ColumnDirectory {
    /// The directory as bytes: integers of 64 bits, and texts as their size and UTF-8.
    func encoded() -> [UInt8] {
        var coder = DirectoryEncoder()
        for count in [entryCount, rowCount, skippedLines, hiddenLines] { coder.integer(count) }
        coder.integer(Int(firstTime))
        coder.integer(Int(lastTime))
        coder.integer(subjects.count)
        for subject in subjects { coder.subject(subject) }
        for block in arrays { coder.block(block) }
        coder.integer(keys.count)
        for key in keys {
            coder.text(key.name)
            coder.block(key.hashes)
            coder.block(key.missing)
        }
        coder.integer(values.count)
        for value in values {
            coder.name(value.name)
            coder.byte(value.type?.rawValue ?? .max)
            for block in [value.numbers, value.missing, value.codes, value.textEnds, value.textBytes] {
                coder.block(block)
            }
        }
        coder.integer(dropped.count)
        for column in dropped {
            coder.name(column.name)
            coder.byte(column.reason.rawValue)
        }
        return coder.bytes
    }

    /// Returns `nil` if the bytes are not a directory.
    init?(_ bytes: UnsafeRawBufferPointer) {
        self.init()
        var coder = DirectoryDecoder(bytes)
        guard let entryCount = coder.count(), let rowCount = coder.count(), let skippedLines = coder.count(),
            let hiddenLines = coder.count(), let firstTime = coder.integer(), let lastTime = coder.integer(),
            let subjectCount = coder.count()
        else { return nil }
        (self.entryCount, self.rowCount) = (entryCount, rowCount)
        (self.skippedLines, self.hiddenLines) = (skippedLines, hiddenLines)
        (self.firstTime, self.lastTime) = (Int64(firstTime), Int64(lastTime))
        for _ in 0..<subjectCount {
            guard let subject = coder.subject() else { return nil }
            subjects.append(subject)
        }
        for index in arrays.indices {
            guard let block = coder.block() else { return nil }
            arrays[index] = block
        }
        guard let keyCount = coder.count() else { return nil }
        for _ in 0..<keyCount {
            guard let name = coder.text(), let hashes = coder.block(), let missing = coder.block() else { return nil }
            keys.append(Key(name: name, hashes: hashes, missing: missing))
        }
        guard let valueCount = coder.count() else { return nil }
        for _ in 0..<valueCount {
            guard let value = coder.value() else { return nil }
            values.append(value)
        }
        guard let droppedCount = coder.count() else { return nil }
        for _ in 0..<droppedCount {
            guard let name = coder.name(), let reason = coder.byte().flatMap(LogDroppedColumn.Reason.init) else {
                return nil
            }
            dropped.append(LogDroppedColumn(name: name, reason: reason))
        }
        guard coder.isAtEnd else { return nil }
    }
}

private struct DirectoryEncoder {
    private(set) var bytes: [UInt8] = []

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func integer(_ value: Int) {
        withUnsafeBytes(of: Int64(value).littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func text(_ value: String) {
        integer(value.utf8.count)
        bytes.append(contentsOf: value.utf8)
    }

    mutating func optional(_ value: String?) {
        byte(value == nil ? 0 : 1)
        if let value { text(value) }
    }

    mutating func block(_ block: ColumnBlock) {
        integer(block.offset)
        integer(block.byteCount)
        integer(Int(block.checksum))
    }

    mutating func subject(_ subject: LogEntrySubject) {
        text(subject.modelName)
        text(subject.modelVersion)
        text(subject.role)
        text(subject.pipelineVersion)
        optional(subject.experiment)
        optional(subject.variant)
        byte(subject.share == nil ? 0 : 1)
        integer(Int(truncatingIfNeeded: subject.share?.bitPattern ?? 0))
    }

    mutating func name(_ name: LogColumnName) {
        switch name.source {
        case .output(let index):
            byte(0)
            integer(index)
        case .input(let name):
            byte(1)
            text(name)
        }
        switch name.place {
        case .element(let index):
            byte(0)
            integer(index)
        case .feature(let name):
            byte(1)
            text(name)
        }
    }
}

/// Every function returns `nil` if the bytes end, or are not what it reads.
private struct DirectoryDecoder {
    private var rest: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    private mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, count <= rest.count else { return nil }
        let taken = UnsafeRawBufferPointer(rebasing: rest[..<count])
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        return taken
    }

    mutating func byte() -> UInt8? { take(1)?.first }

    mutating func integer() -> Int? {
        take(8).flatMap { Int(exactly: Int64(littleEndian: $0.loadUnaligned(as: Int64.self))) }
    }

    mutating func count() -> Int? { integer().flatMap { $0 >= 0 ? $0 : nil } }

    mutating func text() -> String? {
        guard let count = count(), let bytes = take(count) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Reads a text that may be absent: `.some(nil)` if it is.
    private mutating func optional() -> String?? {
        switch byte() {
        case 0: .some(nil)
        case 1: text().map { .some($0) }
        default: nil
        }
    }

    mutating func block() -> ColumnBlock? {
        guard let offset = count(), let byteCount = count(), let checksum = integer().flatMap(UInt32.init(exactly:))
        else {
            return nil
        }
        return ColumnBlock(offset: offset, byteCount: byteCount, checksum: checksum)
    }

    mutating func subject() -> LogEntrySubject? {
        guard let modelName = text(), let modelVersion = text(), let role = text(), let pipelineVersion = text(),
            let experiment = optional(), let variant = optional(), let hasShare = byte(), let share = integer()
        else { return nil }
        var subject = LogEntrySubject()
        (subject.modelName, subject.modelVersion) = (modelName, modelVersion)
        (subject.role, subject.pipelineVersion) = (role, pipelineVersion)
        (subject.experiment, subject.variant) = (experiment, variant)
        subject.share = hasShare == 0 ? nil : Double(bitPattern: UInt64(bitPattern: Int64(share)))
        return subject
    }

    mutating func name() -> LogColumnName? {
        let source: LogColumnName.Source
        switch byte() {
        case 0:
            guard let index = count() else { return nil }
            source = .output(index)
        case 1:
            guard let name = text() else { return nil }
            source = .input(name)
        default: return nil
        }
        switch byte() {
        case 0: return count().map { LogColumnName(source, .element($0)) }
        case 1: return text().map { LogColumnName(source, .feature($0)) }
        default: return nil
        }
    }

    mutating func value() -> ColumnDirectory.Value? {
        guard let name = name(), let type = byte(), let numbers = block(), let missing = block(), let codes = block(),
            let textEnds = block(), let textBytes = block(), type == .max || LogNumberType(rawValue: type) != nil
        else { return nil }
        return ColumnDirectory.Value(
            name: name,
            type: LogNumberType(rawValue: type),
            numbers: numbers,
            missing: missing,
            codes: codes,
            textEnds: textEnds,
            textBytes: textBytes
        )
    }
}
