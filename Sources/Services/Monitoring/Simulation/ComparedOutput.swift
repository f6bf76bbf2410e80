import Tensors

/// What of an answer is compared with other answers: its numbers, and a hash of everything else.
struct ComparedOutput: Sendable {
    private(set) var numbers: [Double] = []
    /// The shapes, texts and names. Only equal in the same process.
    private(set) var form: Int

    init(_ tensors: [Tensor]) {
        var hasher = Hasher()
        for tensor in tensors {
            hasher.combine(tensor.shape)
            for index in 0..<tensor.elementCount {
                if let number = tensor.number(at: index) {
                    numbers.append(number)
                } else {
                    tensor.withBytes(at: index) { hasher.combine(bytes: $0) }
                }
            }
        }
        form = hasher.finalize()
    }

    /// - Parameter json: A document without syntax errors.
    init(json: [UInt8]) {
        var hasher = Hasher()
        var numbers: [Double] = []
        json.withUnsafeBytes { bytes in
            guard var cursor = try? JSONCursor(bytes) else { return }
            try? Self.read(&cursor, &hasher, &numbers, depth: 0)
        }
        self.numbers = numbers
        form = hasher.finalize()
    }

    private static func read(
        _ cursor: inout JSONCursor,
        _ hasher: inout Hasher,
        _ numbers: inout [Double],
        depth: Int
    ) throws(JSONError) {
        guard depth < JSONCursor.maxDepth else { throw cursor.unexpected("fewer lists in lists") }
        let first = cursor.peek()
        switch first {
        case UInt8(ascii: "["):
            hasher.combine(first)
            try cursor.expect(first, "'['")
            var isFirst = true
            while try cursor.nextElement(first: &isFirst) { try read(&cursor, &hasher, &numbers, depth: depth + 1) }
        case UInt8(ascii: "{"):
            hasher.combine(first)
            try cursor.expect(first, "'{'")
            var isFirst = true
            var name = ""
            while try cursor.nextKey(first: &isFirst, into: &name) {
                hasher.combine(name)
                try read(&cursor, &hasher, &numbers, depth: depth + 1)
            }
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            hasher.combine(0)
            numbers.append(try cursor.readDouble())
        default: hasher.combine(bytes: try cursor.rawValue())
        }
    }

    var byteCount: Int { numbers.count * MemoryLayout<Double>.stride }

    /// The largest difference of two numbers at the same place; infinite if only one of them is a number.
    ///
    /// - Returns: `nil` if the answers do not have the same form.
    func difference(from other: ComparedOutput) -> Double? {
        guard form == other.form, numbers.count == other.numbers.count else { return nil }
        var largest = 0.0
        for (a, b) in zip(numbers, other.numbers) where a != b && !(a.isNaN && b.isNaN) {
            let difference = (a - b).magnitude
            largest = max(largest, difference.isNaN ? .infinity : difference)
        }
        return largest
    }
}
