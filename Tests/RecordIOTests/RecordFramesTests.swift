import RecordIO
import Testing

@Suite("RecordIO frames")
struct RecordFramesTests {
    /// The output of `write_numpy_to_dense_tensor` and `write_spmatrix_to_sparse_tensor` of sagemaker 1.72.1.
    static let float32 = bytes(
        "0a23d7ce2c0000000a160a0676616c756573120c120a0a080000c03f000000c012120a0676616c756573120812060a040000803f"
            + "0a23d7ce2c0000000a160a0676616c756573120c120a0a08000040400000804012120a0676616c756573120812060a0400000000"
    )
    static let float64 = bytes(
        "0a23d7ce200000000a1e0a0676616c75657312141a120a10000000000000f83f00000000000000c0"
    )
    static let int32 = bytes(
        "0a23d7ce2c0000000a190a0676616c756573120f3a0d0a0b07ffffffffffffffffff01120f0a0676616c75657312053a030a0103"
    )
    static let sparse = bytes(
        "0a23d7ce330000000a1d0a0676616c756573121312110a080000c03f000000c0120201031a010412120a0676616c75657312081206"
            + "0a040000803f000a23d7ce250000000a0f0a0676616c756573120512031a010412120a0676616c756573120812060a0400000000"
            + "0000000a23d7ce2e0000000a180a0676616c756573120e120c0a04000040401201001a010412120a0676616c7565731208"
            + "12060a040000803f0000"
    )

    static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.utf8.map { UInt8($0 > 57 ? $0 - 87 : $0 - 48) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// A length-delimited field: its number, its length and its content.
    static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        precondition(content.count < 128)
        return [number << 3 | 2, UInt8(content.count)] + content
    }

    static func floats(_ values: [Float]) -> [UInt8] {
        values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
    }

    static func frame(_ record: [UInt8], flag: UInt32 = 0) -> [UInt8] {
        let length = withUnsafeBytes(of: (UInt32(record.count) | flag << 29).littleEndian, Array.init)
        return [0x0A, 0x23, 0xD7, 0xCE] + length + record + [UInt8](repeating: 0, count: (4 - record.count % 4) % 4)
    }

    /// A record whose features are a `Float32Tensor` with the given fields.
    static func record(_ tensor: [UInt8]) -> [UInt8] {
        field(1, field(1, Array("values".utf8)) + field(2, field(2, tensor)))
    }

    /// The parts of a record that the tests check.
    struct Row: Equatable {
        var values: [Double]
        var keys: [UInt64] = []
        var width: Int
        var label: [Double] = []
    }

    static func rows(_ bytes: [UInt8]) throws -> [Row] {
        try bytes.withUnsafeBytes { bytes in
            var frames = RecordFrames(bytes)
            var record = Record()
            var rows: [Row] = []
            while try frames.next(&record) {
                let features = record.features
                rows.append(
                    Row(
                        values: features.values,
                        keys: features.keys,
                        width: features.width,
                        label: record.label.values
                    )
                )
            }
            return rows
        }
    }

    static func problem(_ bytes: [UInt8]) -> String {
        do {
            return "\(try rows(bytes))"
        } catch {
            return "\(error)"
        }
    }

    @Test("reads records of the SageMaker SDK")
    func dense() throws {
        #expect(
            try Self.rows(Self.float32)
                == [Row(values: [1.5, -2], width: 2, label: [1]), Row(values: [3, 4], width: 2, label: [0])]
        )
        #expect(try Self.rows(Self.float64) == [Row(values: [1.5, -2], width: 2)])
        #expect(try Self.rows(Self.int32) == [Row(values: [7, -1], width: 2, label: [3])])
        #expect(try Self.rows([]).isEmpty)
    }

    @Test("sparse records name their columns, and a record of only zeros names none")
    func sparse() throws {
        #expect(
            try Self.rows(Self.sparse)
                == [
                    Row(values: [1.5, -2], keys: [1, 3], width: 4, label: [1]), Row(values: [], width: 4, label: [0]),
                    Row(values: [3], keys: [0], width: 4, label: [1]),
                ]
        )
    }

    @Test("values need not be packed, fields may be in any order, and unknown fields are skipped")
    func otherWriters() throws {
        let tensor: [UInt8] = [0x0D] + Self.floats([1.5]) + [0x0D] + Self.floats([-2]) + [0x10, 1, 0x10, 3, 0x18, 4]
        let value = Self.field(2, Self.field(2, tensor)) + Self.field(1, Array("values".utf8))
        let other = Self.field(1, Self.field(1, Array("other".utf8)) + Self.field(2, Self.field(9, [1])))
        let numbers: [UInt8] = [0x28, 7, 0x31, 0, 0, 0, 0, 0, 0, 0, 0, 0x3D, 0, 0, 0, 0]
        let unknown = Self.field(3, [1, 2]) + numbers
        let record = unknown + other + Self.field(1, value)
        #expect(try Self.rows(Self.frame(record)) == [Row(values: [1.5, -2], keys: [1, 3], width: 4)])
    }

    @Test("a dense record may have a shape, even with several dimensions")
    func shapes() throws {
        let tensor = Self.field(1, Self.floats([1, 2, 3, 4, 5, 6])) + Self.field(3, [2, 3])
        #expect(try Self.rows(Self.frame(Self.record(tensor))) == [Row(values: [1, 2, 3, 4, 5, 6], width: 6)])
    }

    @Test("a record that contains the magic number is split into several frames")
    func parts() throws {
        let magic = Float(bitPattern: 0xCED7_230A)
        let whole = Self.record(Self.field(1, Self.floats([1, magic, 2])))
        let at = try #require(whole.indices.first { whole[$0...].starts(with: [0x0A, 0x23, 0xD7, 0xCE]) })
        let parts = Self.frame(Array(whole[..<at]), flag: 1) + Self.frame(Array(whole[(at + 4)...]), flag: 3)
        #expect(try Self.rows(parts + Self.float64).map(\.values) == [[1, Double(magic), 2], [1.5, -2]])
        let first = Self.frame(Array(whole[..<at]), flag: 1)
        #expect(Self.problem(first) == "record 1: the data ends before its last frame.")
        #expect(Self.problem(first + Self.float64) == "record 1: its last frame is missing.")
        #expect(Self.problem(Self.frame([1], flag: 2)).contains("a continuation frame"))
        #expect(Self.problem(Self.frame([1], flag: 5)) == "record 1: its frame has an unknown flag.")
    }

    @Test("an error names the record and the problem of its frame")
    func brokenFrames() {
        #expect(
            Self.problem(Array("1,2,3\n4,5,6\n".utf8))
                == "record 1: expected the magic number 0xced7230a of its frame at byte 0. Is the content type correct?"
        )
        #expect(
            Self.problem(Self.float64 + [1, 2, 3, 4, 5, 6, 7, 8])
                == "record 2: expected the magic number 0xced7230a of its frame at byte 40."
        )
        let begin: [UInt8] = [0x0A, 0x23, 0xD7, 0xCE]
        #expect(Self.problem(Self.float64 + begin + [1]) == "record 2: the data ends within its frame.")
        #expect(
            Self.problem(Array(Self.float64.dropLast(3)))
                == "record 1: its frame has a length of 32 bytes, but the data ends after 29."
        )
        #expect(Self.problem(begin + [0xFF, 0xFF, 0xFF, 0x1F, 0]).contains("has a length of 536870911 bytes"))
    }

    static let wide: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]

    @Test(
        "an error describes the problem of a record",
        arguments: [
            ([], "it has no features under the key 'values'."),
            (field(2, field(1, Array("values".utf8))), "it has no features under the key 'values'."),
            (record([]), "it has no features under the key 'values'."),
            (record(field(3, [0])), "it has no features under the key 'values'."),
            (record(field(1, [0, 0, 0])), "its protobuf is damaged or truncated."),
            ([0x0A, 0x20, 1], "its protobuf is damaged or truncated."),
            ([0x0B], "its protobuf is damaged or truncated."),
            (wide, "its protobuf is damaged or truncated."),
            (
                field(1, field(1, Array("values".utf8)) + field(2, field(9, [1]))),
                "it contains bytes; expected float32, float64 or int32 values."
            ),
            (
                record(field(1, floats([1, 2])) + field(3, [3])),
                "it has 2 values for 3 columns, but no keys."
            ),
            (
                record(field(1, floats([1])) + field(2, [0])),
                "it has keys but no shape, so the number of columns is unknown."
            ),
            (record(field(1, floats([1])) + field(2, [0, 1]) + field(3, [3])), "it has 2 keys for 1 values."),
            (record(field(2, [0]) + field(3, [3])), "it has 1 keys for 0 values."),
            (
                record(field(1, floats([1])) + field(2, [3]) + field(3, [3])),
                "key 3 is out of range: its shape has 3 columns."
            ),
            (record(field(3, wide)), "its shape has more than 100000000 columns."),
            (record(field(3, wide + wide)), "its shape has more than 100000000 columns."),
        ] as [([UInt8], String)]
    )
    func brokenRecords(_ record: [UInt8], _ problem: String) {
        #expect(Self.problem(Self.float64 + Self.frame(record)) == "record 2: " + problem)
    }

    @Test("damaged bytes are read or rejected, and never crash")
    func damage() {
        var generator = SystemRandomNumberGenerator()
        for good in [Self.float32, Self.float64, Self.int32, Self.sparse] {
            for _ in 0..<2000 {
                var bytes = good
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
                }
                _ = Self.problem(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator))))
            }
        }
    }

    @Test("outputs are written by name into the label of a record")
    func answers() {
        var writer = RecordWriter()
        writer.append([("score", [0.5]), ("predicted_label", [1])])
        let tensor = { (values: [Float]) in Self.field(2, Self.field(1, Self.floats(values))) }
        let entries = [("score", [Float(0.5)]), ("predicted_label", [1])].map { name, values in
            Self.field(2, Self.field(1, Array(name.utf8)) + Self.field(2, tensor(values)))
        }
        #expect(writer.bytes == Self.frame(entries[0] + entries[1]))
        writer.append([("scores", [Float](repeating: 1, count: 100))])
        #expect(writer.bytes.count % 4 == 0)
    }
}
