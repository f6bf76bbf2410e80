import Foundation
import Tensors
import TestSupport
import Testing

@testable import InferenceLog

@Suite("Log entries")
struct InferenceRecordTests {
    private func write(_ record: InferenceRecord) throws -> (line: String, omitted: Int, entry: [String: Any]) {
        var writer = JSONWriter()
        let omitted = record.write(to: &writer)
        let line = String(decoding: writer.bytes, as: UTF8.self)
        let entry = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return (line, omitted, try #require(entry))
    }

    @Test("an entry is a line of JSON that begins with the fields for queries")
    func line() throws {
        let record = InferenceRecord(
            time: 1_700_000_000_123,
            id: "id-1",
            subject: LogSubject(
                modelName: "m",
                modelVersion: "v",
                role: .challenger,
                pipelineName: "p",
                pipelineVersion: "w"
            ),
            elapsed: 4_200,
            checkFailures: Array(#"[{"False":{"expr":"m.outputs[0][0] < 1"}}]"#.utf8),
            input: .tensors([Tensor(.fp32, shape: [1, 2], elements: [1, 2.5] as [Float])], names: ["x"]),
            output: .tensors([Tensor(.fp32, shape: [1, 1], elements: [0.5] as [Float])])
        )
        #expect(
            try write(record).line
                == #"{"time":1700000000123,"id":"id-1","valid":false,"model_name":"m","model_version":"v","#
                + #""role":"challenger","pipeline_name":"p","pipeline_version":"w","elapsed":4200,"#
                + #""check_failures":[{"False":{"expr":"m.outputs[0][0] < 1"}}],"#
                + #""outputs":[{"Float":{"data":[0.5],"dim":[1,1],"v":1}}],"original_data":{"x":[[1.0,2.5]]}}"# + "\n"
        )
    }

    @Test("the times of the steps", arguments: [([], "[70]"), ([20, 30], "[20,30,70]")])
    func stepTimes(earlier: [Int], text: String) throws {
        var record = InferenceRecord.fake("1")
        record.stepTimes = .init(earlier: earlier, last: 70)
        #expect(try write(record).line.contains(",\"step_times\":\(text),"))
    }

    @Test("an entry is one line even if the request's JSON has several", arguments: ["\n", "\r\n", "\r", "\n\n"])
    func oneLine(newline: String) throws {
        let json = ["{", "  \"tensor\": [", "    [1.0,", "\t2.0]]", "}", ""].joined(separator: newline)
        let (line, _, entry) = try write(.fake("1", input: .json(Array(json.utf8))))
        #expect(line.utf8.count { $0 == UInt8(ascii: "\n") } == 1 && line.utf8.last == UInt8(ascii: "\n"))
        #expect(!line.utf8.contains(UInt8(ascii: "\r")))
        #expect((entry["original_data"] as? [String: [[Double]]]) == ["tensor": [[1, 2]]])
    }

    @Test("strings with newlines, quotes and Unicode characters are preserved")
    func texts() throws {
        let text = "a\n\"b\"\\\r\u{1}é😀\u{2028}"
        let tensor = Tensor(shape: [1], strings: [Array(text.utf8)])
        let record = InferenceRecord.fake(text, input: .tensors([tensor], names: [text]), output: .tensors([tensor]))
        let (line, _, entry) = try write(record)
        #expect(line.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
        #expect(entry["id"] as? String == text)
        #expect(entry["original_data"] as? [String: [String]] == [text: [text]])
    }

    @Test("an error replaces the outputs")
    func error() throws {
        let entry = try write(.fake("1", output: .error("it failed"))).entry
        #expect(entry["error"] as? String == "it failed")
        #expect(entry["outputs"] == nil)
    }

    @Test("a request without inputs is logged as an empty object")
    func noInputs() throws {
        #expect(try write(.fake("1", input: .tensors([], names: []))).entry["original_data"] as? [String: Int] == [:])
    }

    @Test("a request's JSON is kept up to the limit, and replaced by its size beyond it")
    func largeJSON() throws {
        let limit = LogPolicy.defaultBytes
        for (byteCount, isKept) in [(limit, true), (limit + 1, false)] {
            let json = Array(#""\#(String(repeating: "x", count: byteCount - 2))""#.utf8)
            let input = InferenceRecord.Input(json: json, [], names: [], id: "i", policy: LogPolicy())
            let (_, omitted, entry) = try write(.fake("1", input: input))
            #expect(omitted == (isKept ? 0 : 1))
            #expect((entry["original_data"] is NSNull) == !isKept)
            #expect((entry["omitted"] as? [String: Int]) == (isKept ? nil : ["original_data": byteCount]))
        }
    }

    @Test("input and output tensors are kept up to the limit, and counted beyond it")
    func largeTensors() throws {
        let count = LogPolicy.defaultBytes / 4 + 1
        let large = Tensor(.fp32, shape: [count], elements: [Float](repeating: 0, count: count))
        let record = InferenceRecord.fake(
            "1",
            input: InferenceRecord.Input([large], names: ["x"]),
            output: .tensors([large])
        )
        let (_, omitted, entry) = try write(record)
        #expect(omitted == 2)
        #expect(entry["outputs"] is NSNull && entry["original_data"] is NSNull)
        #expect(entry["omitted"] as? [String: Int] == ["outputs": count * 4, "original_data": count * 4])
        try withLog { log, _ in
            log.append(record, .fake("2"))
            #expect(log.counters().omittedParts == 2)
            #expect(log.ids() == ["2", "1"])
        }
    }

    @Test("the limit applies to all tensors of a request together")
    func manyTensors() throws {
        let count = LogPolicy.defaultBytes / 8
        let half = Tensor(.fp32, shape: [count], elements: [Float](repeating: 0, count: count))
        #expect(try write(.fake("1", input: .init([half, half], names: ["a", "b"]))).omitted == 0)
        let one = Tensor(.fp32, shape: [1], elements: [0] as [Float])
        #expect(try write(.fake("1", input: .init([half, half, one], names: ["a", "b", "c"]))).omitted == 1)
    }

    @Test("many strings are also too large, even if each is empty")
    func emptyTexts() throws {
        let many = Tensor(shape: [200_000], strings: [[UInt8]](repeating: [], count: 200_000))
        let (line, omitted, _) = try write(.fake("1", input: .init([many], names: ["x"]), output: .tensors([many])))
        #expect(omitted == 2)
        #expect(line.utf8.count < 1000)
    }
}

extension InferenceRecord.Input {
    fileprivate init(_ tensors: [Tensor], names: [String]) {
        self.init(tensors, names: names, id: "i", policy: LogPolicy())
    }
}
