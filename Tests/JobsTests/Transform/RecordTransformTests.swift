import Definitions
import Foundation
import Runtimes
import Tensors
import TestSupport
import Testing

@testable import Jobs

struct RecordTransformTests {
    static let signature = Signature.floats(2)

    /// A model that returns the sum of the two numbers in each row.
    static let adder = FakeModel(signature) { inputs, _ throws(RuntimeError) in
        let rows = inputs[0].rowCount
        let sums = inputs[0].withElements(of: Float.self) { values in
            (0..<rows).map { values[2 * $0] + values[2 * $0 + 1] }
        }
        return [Tensor(.fp32, shape: [rows, 1], elements: sums)]
    }

    static func definition(_ type: String, _ change: (inout TransformDefinition) -> Void = { _ in })
        -> TransformDefinition
    {
        let input = DataChannel(name: "input", uri: "s3://b/in", contentType: type)
        var definition = TransformDefinition(
            name: "t",
            model: ModelReference(name: "m"),
            workspace: "default",
            input: input,
            output: "s3://b/out"
        )
        change(&definition)
        return definition
    }

    static func transform(_ definition: TransformDefinition) throws -> RecordTransform {
        try RecordTransform(definition, framework: .xgboost, signature: signature, model: adder)
    }

    static func answer(_ definition: TransformDefinition, _ piece: String) throws -> String {
        String(decoding: try transform(definition).answer(Array(piece.utf8)).bytes, as: UTF8.self)
    }

    // MARK: Records

    @Test func eachRecordHasALineOfItsOwn() throws {
        #expect(try Self.answer(Self.definition("text/csv"), "1,2\n3,4\n") == "3.0\n7.0\n")
        #expect(
            try Self.answer(Self.definition("text/csv") { $0.batching = .singleRecord }, "1,2\n3,4") == "3.0\n7.0\n"
        )
    }

    @Test func anIdentifierIsLeftOutForTheModelAndJoinedAgain() throws {
        let definition = Self.definition("text/csv") {
            $0.inputFilter = "$[1:]"
            $0.join = .input
            $0.outputFilter = "$[0,-1]"
        }
        #expect(try Self.answer(definition, "a,1,2\r\nb,3,4\n") == "a,3.0\nb,7.0\n")
    }

    @Test func jsonRecordsGetTheAnswerUnderItsName() throws {
        let definition = Self.definition("application/jsonlines") {
            $0.inputFilter = "$.features"
            $0.join = .input
        }
        #expect(
            try Self.answer(definition, "{\"id\":1,\"features\":[1,2]}\n{\"features\":[3,4]}")
                == "{\"id\":1,\"features\":[1,2],\"SageMakerOutput\":{\"score\":3.0}}\n"
                + "{\"features\":[3,4],\"SageMakerOutput\":{\"score\":7.0}}\n"
        )
        let arrays = Self.definition("application/jsonlines") { $0.join = .input }
        #expect(
            try Self.answer(arrays, "[1,2]\n") == "{\"SageMakerInput\":[1,2],\"SageMakerOutput\":{\"score\":3.0}}\n"
        )
        let chosen = Self.definition("application/jsonlines") {
            $0.inputFilter = "$.x"
            $0.join = .input
            $0.outputFilter = "$['id','SageMakerOutput']"
        }
        #expect(
            try Self.answer(chosen, "{\"x\":[1,2],\"id\":\"a\"}\n")
                == "{\"id\":\"a\",\"SageMakerOutput\":{\"score\":3.0}}\n"
        )
    }

    @Test func aRefusalNamesTheFirstBadRecordAndCountsAll() throws {
        let transform = try Self.transform(Self.definition("text/csv"))
        #expect {
            try transform.answer(Array("1,2\n3,4\nx,6\n7,8,9\n".utf8))
        } throws: { error in
            let refusal = error as? RecordTransform.Refusal
            return refusal?.record == 2 && refusal?.count == 2
                && refusal?.message == "Unreadable csv: column 1 is not a number: 'x'."
        }
    }

    // MARK: Pieces

    static func pieces(_ text: String, _ cut: RecordReader.Cut) throws -> [String] {
        try withTemporaryFolder { folder in
            try Data(text.utf8).write(to: URL(filePath: folder + "/file"))
            let reader = try RecordReader(path: folder + "/file", cut: cut)
            var pieces: [String] = []
            while let piece = try reader.next() { pieces.append(String(decoding: piece.bytes, as: UTF8.self)) }
            return pieces
        }
    }

    @Test func piecesEndWhereRecordsEnd() throws {
        let cut = RecordReader.Cut(split: .line, size: 8, limit: 100)
        #expect(try Self.pieces("a\nbb\nccc\ndddd", cut) == ["a\nbb\n", "ccc\ndddd"])
        #expect(try Self.pieces("", cut) == [])
        #expect(
            try Self.pieces("a rather long record\nb\nccccccccccccccccccc", cut).first == "a rather long record\nb\n"
        )
    }

    @Test func aRecordThatIsTooLargeIsRefused() {
        let lines = RecordReader.Cut(split: .line, size: 4, limit: 8)
        #expect(throws: RecordError.self) { try Self.pieces("a\nmore than eight\n", lines) }
        #expect(throws: RecordError.self) { try Self.pieces("a\nmore than eight", lines) }
        #expect(throws: Never.self) { try Self.pieces("12345678\n1234567", lines) }
        let whole = RecordReader.Cut(split: .none, size: 4, limit: 8)
        #expect(throws: RecordError.self) { try Self.pieces("123456789", whole) }
    }

    // MARK: RecordIO

    /// Returns a record with two features in a frame of 32 bytes.
    static func record(_ first: Float, _ second: Float) -> [UInt8] {
        let values = [first, second].flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
        let tensor: [UInt8] = [0x12, 10, 0x0A, 8] + values
        let content = [0x0A, 22, 0x0A, 6] + Array("values".utf8) + [0x12, 12] + tensor
        return [0x0A, 0x23, 0xD7, 0xCE, 24, 0, 0, 0] + content
    }

    static func sums(
        _ bytes: [UInt8],
        _ cut: RecordReader.Cut,
        batching: TransformDefinition.Batching
    ) throws -> String {
        try withTemporaryFolder { folder in
            try Data(bytes).write(to: URL(filePath: folder + "/in"))
            let definition = definition("application/x-recordio-protobuf") {
                $0.split = cut.split
                $0.batching = batching
            }
            let object = try ObjectTransform(
                transform(definition),
                path: folder + "/in",
                cut: cut,
                output: folder + "/out"
            ) { _, _ in }
            _ = try object.run(threadCount: 2)
            return try String(contentsOfFile: folder + "/out", encoding: .utf8)
        }
    }

    @Test(arguments: [TransformDefinition.Batching.multiRecord, .singleRecord])
    func recordsAreCutWhereTheirFramesEnd(batching: TransformDefinition.Batching) throws {
        let rows = (0..<100).map { Self.record(Float($0), 10) }
        // Newline bytes within records do not end them: the magic number begins with one.
        for size in [50, 100, 1001] {
            let sums = try Self.sums(
                rows.flatMap(\.self),
                .init(split: .recordIO, size: size, limit: 4000),
                batching: batching
            )
            #expect(sums == (0..<100).map { "\($0 + 10).0\n" }.joined())
        }
        let whole = try Self.sums(rows[0] + rows[1], .init(split: .none, size: 9, limit: 99), batching: batching)
        #expect(whole == "10.0\n11.0\n")
    }

    @Test func theBadRecordOfRecordIOIsNamed() {
        let good = Self.record(1, 2)
        for (bytes, record, message) in [
            (good + good + Self.record(1, 2).dropLast(4), 3, "its frame has a length of 24 bytes"),
            (good + Array("1,2\n1,2\n1,2\n1,2\n".utf8), 2, "the magic number 0xced7230a of its frame at byte 0"),
        ] {
            for size in [36, 1000] {
                #expect {
                    try Self.sums(bytes, .init(split: .recordIO, size: size, limit: 1000), batching: .multiRecord)
                } throws: { error in
                    let failure = error as? ObjectTransform.Failure
                    return failure?.record == record && failure?.message.contains(message) == true
                }
            }
        }
    }

    // MARK: Objects

    @Test(arguments: [1, 4]) func theOutputIsInTheInputsOrder(threads: Int) throws {
        try withTemporaryFolder { folder in
            let text = (0..<5000).map { "\($0),1\n" }.joined()
            try Data(text.utf8).write(to: URL(filePath: folder + "/in"))
            let object = try ObjectTransform(
                Self.transform(Self.definition("text/csv")),
                path: folder + "/in",
                cut: .init(split: .line, size: 100, limit: 1000),
                output: folder + "/out"
            ) { _, _ in }
            #expect(try object.run(threadCount: threads) == 5000)
            let output = try String(contentsOfFile: folder + "/out", encoding: .utf8)
            #expect(output == (0..<5000).map { "\($0 + 1).0\n" }.joined())
        }
    }

    @Test(arguments: [1, 4]) func theFirstBadRecordOfAnObjectIsNamed(threads: Int) throws {
        try withTemporaryFolder { folder in
            var lines = (0..<3000).map { "\($0),1" }
            lines[1234] = "oops,1"
            lines[1500] = "1"
            lines[2999] = String(repeating: "9", count: 2000)
            try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: folder + "/in"))
            let object = try ObjectTransform(
                Self.transform(Self.definition("text/csv")),
                path: folder + "/in",
                cut: .init(split: .line, size: 100, limit: 1000),
                output: folder + "/out"
            ) { _, _ in }
            #expect {
                try object.run(threadCount: threads)
            } throws: { error in
                let failure = error as? ObjectTransform.Failure
                return failure?.record == 1235
                    && failure?.message == "Unreadable csv: column 1 is not a number: 'oops'."
            }
        }
    }
}
