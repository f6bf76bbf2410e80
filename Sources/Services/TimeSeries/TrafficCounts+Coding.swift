import Serving

/// The bytes of counts: whole numbers in groups of seven bits, the lowest first, each group but the last with its top bit set.
extension TrafficCounts {
    private static let scalars: [any WritableKeyPath<TrafficCounts, Int> & Sendable] = [
        \.clientErrors, \.serverErrors, \.withdrawn, \.checkFailures, \.modelNanoseconds, \.overheadNanoseconds,
    ]
    private static let histograms: [any WritableKeyPath<TrafficCounts, [LatencyBuckets.Entry]> & Sendable] = [
        \.model, \.request, \.overhead,
    ]

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        for scalar in Self.scalars { bytes.append(number: self[keyPath: scalar]) }
        for histogram in Self.histograms {
            let entries = self[keyPath: histogram]
            bytes.append(number: entries.count)
            for entry in entries {
                bytes.append(entry.bucket)
                bytes.append(number: entry.count)
            }
        }
        return bytes
    }

    /// Reads counts; `nil` if the bytes are not what ``encoded`` returns.
    init?(_ reader: inout NumberReader) {
        self.init()
        for scalar in Self.scalars {
            guard let value = reader.number() else { return nil }
            self[keyPath: scalar] = value
        }
        for histogram in Self.histograms {
            guard let count = reader.number(), count <= LatencyBuckets.count else { return nil }
            var entries: [LatencyBuckets.Entry] = []
            entries.reserveCapacity(count)
            for _ in 0..<count {
                guard let bucket = reader.byte(), bucket < LatencyBuckets.count, let value = reader.number(),
                    entries.last.map({ $0.bucket < bucket }) ?? true
                else { return nil }
                entries.append(LatencyBuckets.Entry(bucket: bucket, count: value))
            }
            self[keyPath: histogram] = entries
        }
    }
}

extension [UInt8] {
    /// - Parameter number: A negative one becomes 0.
    mutating func append(number: Int) {
        var rest = UInt(Swift.max(0, number))
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func append(text: String) {
        append(number: text.utf8.count)
        append(contentsOf: text.utf8)
    }
}

/// Reads numbers and texts from bytes that may be anything.
struct NumberReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }

    mutating func byte() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    /// Returns a number from 0 to `Int.max`.
    mutating func number() -> Int? {
        var value: UInt = 0
        for shift in stride(from: UInt(0), to: 63, by: 7) {
            guard let byte = byte() else { return nil }
            value |= UInt(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return Int(value) }
        }
        return nil
    }

    /// - Parameter limit: The maximum number of bytes.
    mutating func text(upTo limit: Int) -> String? {
        guard let count = number(), count <= limit, count <= bytes.count - position else { return nil }
        defer { position += count }
        return String(validating: bytes[position..<(position + count)], as: UTF8.self)
    }
}
