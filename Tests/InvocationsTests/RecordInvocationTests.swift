import Definitions
import Invocations
import RecordIO
import Tables
import Tensors
import Testing

@Suite("RecordIO bodies")
struct RecordInvocationTests {
    static let type = "application/x-recordio-protobuf"

    /// Returns dense records for a text such as `1.5 -2 0;4 5 6`, or sparse ones of width 3 for `1:7;2:5 0:4`.
    private static func body(_ text: String) -> [UInt8] {
        func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
            [number << 3 | 2, UInt8(content.count)] + content
        }
        return text.split(separator: ";").flatMap { row -> [UInt8] in
            let numbers = row.split(separator: " ").map { $0.split(separator: ":").compactMap { Float($0) } }
            var tensor = field(
                1,
                numbers.flatMap { withUnsafeBytes(of: ($0.last ?? 0).bitPattern.littleEndian, Array.init) }
            )
            if numbers.contains(where: { $0.count == 2 }) {
                tensor += field(2, numbers.map { UInt8($0[0]) }) + field(3, [3])
            }
            let record = field(1, field(1, Array("values".utf8)) + field(2, field(2, tensor)))
            let padding = [UInt8](repeating: 0, count: (4 - record.count % 4) % 4)
            return [0x0A, 0x23, 0xD7, 0xCE, UInt8(record.count), 0, 0, 0] + record + padding
        }
    }

    private static func rows(_ body: [UInt8], _ type: String?, _ framework: Framework) throws -> [[Float]] {
        let codec = InvocationCodecTests.codec(framework, width: 3)
        let tensor = try body.withUnsafeBytes { try codec.decode($0, contentType: type) }[0]
        return tensor.withElements(of: Float.self) { values in
            (0..<tensor.shape[0]).map { Array(values[($0 * 3)..<($0 * 3 + 3)]) }
        }
    }

    private static func failure(_ body: [UInt8], _ framework: Framework = .kmeans) -> InvocationError? {
        do {
            _ = try rows(body, type, framework)
            return nil
        } catch {
            return error as? InvocationError
        }
    }

    @Test("records become rows")
    func recordsAreRows() throws {
        for type in [Self.type, nil, "application/octet-stream"] {
            #expect(try Self.rows(Self.body("1.5 -2 0;4 5 6"), type, .kmeans) == [[1.5, -2, 0], [4, 5, 6]])
        }
    }

    @Test("values that sparse records omit are zero or missing")
    func whatSparseRecordsDoNotNameIsZeroOrMissing() throws {
        let body = Self.body("1:7;2:5 0:4")
        #expect(try Self.rows(body, Self.type, .factorizationMachines) == [[0, 7, 0], [4, 0, 5]])
        #expect(try Self.rows(body, Self.type, .xgboost)[0].map(\.isNaN) == [true, false, true])
    }

    @Test("errors in records are explained")
    func whatIsWrongWithRecordsIsSaid() {
        let failure = Self.failure(Self.body("1 2 3;1 2"))
        #expect(failure?.status == 400)
        #expect(
            failure?.message
                == "Feature size of recordio-protobuf inference data 2 is not consistent with feature size of trained "
                + "model 3"
        )
        #expect(failure?.problem == RowProblem(row: 2, .width(found: 2, expected: 3)))
        #expect(
            Self.failure(Array(Self.body("1 2 3;1 2 3").dropLast(9)))?.message.hasPrefix(
                "Unreadable recordio-protobuf: record 2: its frame has a length of"
            ) == true
        )
        #expect(Self.failure(Array("1,2,3".utf8))?.status == 415)
        #expect(Self.failure(Self.body("5:1"))?.message.contains("key 5 is out of range") == true)
    }

    @Test("the memory for sparse rows is limited")
    func sparseRowsDoNotTakeUpAnyAmountOfMemory() throws {
        let codec = InvocationCodecTests.codec(.factorizationMachines, width: 1 << 26 + 1)
        let failure = #expect(throws: InvocationError.self) {
            try Array("0:1\n".utf8).withUnsafeBytes { try codec.decode($0, contentType: "text/libsvm") }
        }
        #expect(failure?.status == 413)
    }

    @Test("a response has one record per row")
    func anAnswerIsARecordARow() throws {
        let outputs = ["closest_cluster", "distance_to_cluster"].map {
            TensorSpec(name: $0, dataType: .fp32, shape: [-1])
        }
        let codec = InvocationCodecTests.codec(.kmeans, width: 3, outputs: outputs)
        let tensors = [[Float(3), 1], [0.5, 0.25]].map { Tensor(.fp32, shape: [2], elements: $0) }
        let answer = try codec.encode(tensors, accept: Self.type, style: .endpoint)
        var expected = RecordWriter()
        expected.append([("closest_cluster", [3]), ("distance_to_cluster", [0.5])])
        expected.append([("closest_cluster", [1]), ("distance_to_cluster", [0.25])])
        #expect(answer.body == expected.bytes && answer.contentType == Self.type)
    }

    @Test("strings cannot be written as records")
    func textIsNoRecord() {
        let text = Tensor(shape: [1], strings: [Array("a".utf8)])
        let failure = #expect(throws: InvocationError.self) {
            try InvocationCodecTests.codec(.onnx, width: 1).encode([text], accept: Self.type, style: .endpoint)
        }
        #expect(failure?.status == 406)
    }
}
