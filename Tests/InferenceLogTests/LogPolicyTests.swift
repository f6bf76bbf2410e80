import Foundation
import Tensors
import Testing

@testable import InferenceLog

@Suite("Log policy")
struct LogPolicyTests {
    private func line(
        _ policy: LogPolicy,
        _ input: InferenceRecord.Input,
        _ outputs: [Tensor] = [],
        keys: [String] = [],
        hashes: [UInt64?] = []
    ) throws -> [String: Any] {
        let record = InferenceRecord(
            time: 1,
            id: "i",
            subject: LogSubject(
                modelName: "m",
                modelVersion: "1",
                role: .champion,
                pipelineName: "p",
                pipelineVersion: "2",
                variant: "b",
                assignment: LogSubject.Assignment(experiment: "e", share: 0.25),
                keys: keys,
                policy: policy
            ),
            elapsed: 5,
            unit: 0x1F,
            keys: hashes,
            checkFailures: nil,
            input: input,
            output: .tensors(outputs)
        )
        var writer = JSONWriter()
        _ = record.write(to: &writer)
        return try #require(try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [String: Any])
    }

    private func json(_ text: String, _ policy: LogPolicy, _ tensors: [Tensor] = []) -> InferenceRecord.Input {
        InferenceRecord.Input(json: Array(text.utf8), tensors, names: ["x"], id: "i", policy: policy)
    }

    @Test("an entry has its experiment, variant, share, unit and keys")
    func assignment() throws {
        let policy = LogPolicy()
        let entry = try line(policy, json("{\"x\":[[1]]}", policy), keys: ["user", "order"], hashes: [nil, 0xAB])
        #expect(entry["experiment"] as? String == "e")
        #expect(entry["variant"] as? String == "b")
        #expect(entry["share"] as? Double == 0.25)
        #expect(entry["unit"] as? String == "000000000000001f")
        #expect(entry["keys"] as? [String: String] == ["order": "00000000000000ab"])
    }

    @Test("features are hidden in rows without names, in JSON and in tensors")
    func features() throws {
        func policy(_ rows: LogPolicy.RowLimit? = nil, hasOneInput: Bool = false) -> LogPolicy {
            LogPolicy(
                rowLimit: rows,
                omit: ["ssn"],
                mask: ["age"],
                features: [("x", ["ssn", "city", "age"])],
                hasOneInput: hasOneInput
            )
        }
        let tensor = Tensor(.fp32, shape: [2, 3], elements: [1, 2, 3, 4, 5, 6] as [Float])
        let rows = "[[null,2,\"***\"],[null,5,\"***\"]]"
        func logged(_ policy: LogPolicy, _ input: InferenceRecord.Input) throws -> String {
            let entry = try line(policy, input)
            let data = try JSONSerialization.data(withJSONObject: entry["original_data"] ?? [:], options: .sortedKeys)
            return String(decoding: data, as: UTF8.self)
        }
        let plain = policy()
        #expect(try logged(plain, json("{\"x\":[[1,2,3],[4,5,6]]}", plain)) == "{\"x\":\(rows)}")
        #expect(try logged(plain, json("{\"x\":[1,2,3],\"y\":[[1]]}", plain)) == #"{"x":[null,2,"***"],"y":[[1]]}"#)
        let objects = #"{"x":[{"ssn":1,"city":2,"age":3},[4,5,6]]}"#
        #expect(try logged(plain, json(objects, plain)) == #"{"x":[{"age":"***","city":2},[null,5,"***"]]}"#)
        let tensors = InferenceRecord.Input([tensor], names: ["x"], id: "i", policy: plain)
        #expect(try logged(plain, tensors) == "{\"x\":\(rows)}")
        // Another input, and the only input under another name.
        #expect(try logged(plain, json("{\"y\":[[1,2,3]]}", plain)) == #"{"y":[[1,2,3]]}"#)
        let only = policy(hasOneInput: true)
        #expect(try logged(only, json("{\"y\":[[1,2,3]]}", only)) == #"{"y":[[null,2,"***"]]}"#)
        // Rows that were objects are logged as tensors if only some are kept.
        let first = policy(.first(1))
        let kept = json(#"{"x":[{"ssn":1,"city":2,"age":3},{"ssn":4,"city":5,"age":6}]}"#, first, [tensor])
        #expect(try logged(first, kept) == #"{"x":[[null,2,"***"]]}"#)
    }

    @Test("fields are left out or masked, in objects and in rows of objects")
    func hiding() throws {
        let policy = LogPolicy(omit: ["ssn"], mask: ["mail"])
        let text =
            #"{"x":[{"age":1,"ssn":2,"mail":"a"},{"age":3,"mail":"b"}],"ssn":[[1]],"mail":{"ssn":1},"y":[[2, 3]]}"#
        let entry = try line(policy, json(text, policy))
        let data = try #require(entry["original_data"] as? NSDictionary)
        let expected: NSDictionary = [
            "x": [["age": 1, "mail": "***"], ["age": 3, "mail": "***"]], "mail": "***", "y": [[2, 3]],
        ]
        #expect(data == expected)
    }

    @Test("fields of logged tensors are left out or masked")
    func hidingTensors() throws {
        let policy = LogPolicy(omit: ["a"], mask: ["b"])
        let tensor = Tensor(.fp32, shape: [1, 1], elements: [Float(1)])
        let input = InferenceRecord.Input([tensor, tensor, tensor], names: ["a", "b", "c"], id: "i", policy: policy)
        let data = try #require(try line(policy, input)["original_data"] as? NSDictionary)
        #expect(data == ["b": "***", "c": [[1]]] as NSDictionary)
    }

    @Test("only some rows are kept, the same ones of inputs and outputs")
    func rows() throws {
        let input = Tensor(.int64, shape: [100, 1], elements: (0..<100).map { Int64($0) })
        let output = Tensor(.int64, shape: [100, 2], elements: (0..<200).map { Int64($0) })
        for limit in [LogPolicy.RowLimit.first(3), .sample(3)] {
            let policy = LogPolicy(maxBytes: .max, rowLimit: limit)
            let entry = try line(policy, json("{\"x\":[]}", policy, [input]), [output])
            let rows = try #require(entry["rows"] as? [String: Any])
            let kept = try #require(rows["kept"] as? [Int])
            #expect(rows["total"] as? Int == 100)
            #expect(kept.count == 3 && kept == kept.sorted() && Set(kept).count == 3)
            if limit == .first(3) { #expect(kept == [0, 1, 2]) } else { #expect(kept != [0, 1, 2]) }
            let data = try #require(entry["original_data"] as? [String: [[Int]]])
            #expect(data["x"] == kept.map { [$0] })
            let outputs = try #require(entry["outputs"] as? [[String: [String: Any]]])
            #expect(outputs[0].values.first?["data"] as? [Int] == kept.flatMap { [$0 * 2, $0 * 2 + 1] })
        }
        let few = LogPolicy(maxBytes: .max, rowLimit: .first(100))
        #expect(try line(few, json("{\"x\":[]}", few, [input]), [output])["rows"] == nil)
    }

    @Test("a limit of bytes applies to inputs and outputs")
    func bytes() throws {
        let output = Tensor(.fp64, shape: [1, 10], elements: [Double](repeating: 1, count: 10))
        let small = LogPolicy(maxBytes: 20)
        let entry = try line(small, json("{\"x\":[[1,2,3,4,5,6,7,8,9]]}", small), [output])
        #expect(entry["omitted"] as? [String: Int] == ["original_data": 27, "outputs": 80])
        let all = LogPolicy(maxBytes: .max)
        #expect(try line(all, json("{\"x\":[[1,2,3,4,5,6,7,8,9]]}", all), [output])["omitted"] == nil)
    }
}
