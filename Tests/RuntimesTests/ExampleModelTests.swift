import Definitions
import Dispatch
import Foundation
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Runtimes

@Suite("Models in their runtimes", .enabled(if: Installed.isExpected, "no runtimes are installed"))
struct ExampleModelTests {
    private static let examples: [(String, Framework)] = [
        ("all-types.onnx", .onnx), ("fraud-dense.onnx", .onnx), ("fraud-dense-2.onnx", .onnx),
        ("fraud-trees.onnx", .onnx),
        ("house-price.onnx", .onnx), ("iris-sklearn.onnx", .onnx), ("iris-strings.onnx", .onnx), ("scaler.onnx", .onnx),
        ("slow-loop.onnx", .onnx), ("two-in-two-out.onnx", .onnx), ("fraud-binary.json", .xgboost),
        ("fraud-binary.tar.gz", .xgboost), ("housing-regression.json", .xgboost), ("housing-regression.ubj", .xgboost),
        ("iris-multiclass.json", .xgboost), ("multi-output.zip", .tensorflow), ("echo-strings.zip", .tensorflow),
    ]

    @Test("a model predicts the same as its framework in Python", arguments: examples)
    func answers(file: String, framework: Framework) throws {
        let example = try Example(file, framework)
        let answer = try example.model.run(example.inputs, cancellation: nil)
        #expect(example.agrees(answer), "\(answer.map(\.json)) for \(example.outputs.map(\.json))")
        for (spec, tensor) in zip(example.model.signature.outputs, answer) {
            #expect(spec.accepts(shape: tensor.shape) && spec.dataType == tensor.dataType)
        }
        #expect(Installed.loader.loadedVersion(of: try #require(RuntimeName(rawValue: framework.rawValue))) != nil)
    }

    @Test(
        "a model runs on eight threads at once without mixing outputs",
        arguments: [
            ("fraud-dense.onnx", .onnx), ("all-types.onnx", .onnx), ("iris-strings.onnx", .onnx),
            ("fraud-binary.json", .xgboost), ("iris-multiclass.json", .xgboost), ("multi-output.zip", .tensorflow),
            ("echo-strings.zip", .tensorflow),
        ] as [(String, Framework)]
    )
    func threads(file: String, framework: Framework) throws {
        let example = try Example(file, framework)
        let (model, inputs) = (example.model, example.inputs)
        let alone = try model.run(inputs, cancellation: nil).map(\.json)
        let wrong = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for index in 0..<50 {
                let cancellation = (thread + index).isMultiple(of: 2) ? RunCancellation() : nil
                let answer = (try? model.run(inputs, cancellation: cancellation))?.map(\.json)
                if answer != alone { wrong.add(1, ordering: .relaxed) }
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
    }

    @Test(
        "concurrent inputs with different numbers of rows do not mix",
        arguments: [("fraud-dense.onnx", Framework.onnx), ("fraud-binary.json", .xgboost)]
    )
    func rowCounts(file: String, framework: Framework) throws {
        let model = try Example(file, framework).model
        let wrong = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 1..<20 {
                let answer = try? model.run([.ones([thread + round, 29])], cancellation: nil)
                if answer?.first?.shape != [thread + round, 1] { wrong.add(1, ordering: .relaxed) }
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
    }

    @Test("cancellation stops an endless run, and the model still works")
    func cancelled() throws {
        let example = try Example("slow-loop.onnx", .onnx)
        let model = example.model
        let cancellation = RunCancellation()
        let ended = DispatchSemaphore(value: 0)
        let result = Mutex<Result<Int, RuntimeError>?>(nil)
        Thread.detachNewThread {
            let outcome = Result { () throws(RuntimeError) in
                try model.run([.ones([1, 29], first: 0.6)], cancellation: cancellation).count
            }
            result.withLock { $0 = outcome }
            ended.signal()
        }
        #expect(ended.wait(timeout: .now() + 0.1) == .timedOut)
        cancellation.cancel()
        #expect(ended.wait(timeout: .now() + 30) == .success)
        #expect(result.withLock { $0 } == .failure(.cancelled))
        #expect(example.agrees(try model.run(example.inputs, cancellation: RunCancellation())))
    }

    @Test("a run that is canceled before it begins does not run")
    func cancelledBefore() throws {
        let model = try Example("slow-loop.onnx", .onnx).model
        let cancellation = RunCancellation()
        cancellation.cancel()
        #expect(throws: RuntimeError.cancelled) {
            try model.run([.ones([1, 29], first: 0.6)], cancellation: cancellation)
        }
    }

    @Test("an input without rows gives an output without rows")
    func noRows() throws {
        let onnx = try Example("fraud-dense.onnx", .onnx).model
        #expect(try onnx.run([.ones([0, 29])], cancellation: nil)[0].shape == [0, 1])
        let xgboost = try Example("fraud-binary.json", .xgboost).model
        #expect(try xgboost.run([.ones([0, 29])], cancellation: nil)[0].shape == [0, 1])
        let tensorFlow = try Example("multi-output.zip", .tensorflow).model
        #expect(try tensorFlow.run([.ones([0, 10])], cancellation: nil)[0].shape == [0, 1])
    }

    @Test(
        "a file that is not a model of the framework is rejected without showing a path",
        arguments: [
            (Framework.onnx, "house-price.txt", "not a model"), (.onnx, "m", ""), (.xgboost, "m", #"{"learner":{}}"#),
            (.xgboost, "m", "not a model"), (.xgboost, "m", "{"), (.xgboost, "m", "\u{1F}\u{8B}"),
            (.tensorflow, "m", "PK"), (.tensorflow, "m", "not a model"),
        ]
    )
    func noModel(framework: Framework, name: String, text: String) throws {
        try withTemporaryFolder { folder in
            try Data(text.unicodeScalars.map { UInt8($0.value) }).write(to: URL(filePath: folder + "/" + name))
            let loader = ModelLoader(search: Installed.loader.search, scratchFolder: folder)
            let error = try #require(throws: RuntimeError.self) {
                try loader.load(framework, path: folder + "/" + name)
            }
            guard case .modelRejected = error else {
                Issue.record("\(error)")
                return
            }
            #expect(!error.description.contains(folder), "\(error)")
        }
    }

    @Test("an unpacked SavedModel exists as long as its model")
    func scratchFolder() throws {
        try withTemporaryFolder { folder in
            func entries() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: folder).count }
            let loader = ModelLoader(search: Installed.loader.search, scratchFolder: folder)
            do {
                let model = try loader.load(.tensorflow, path: Example.path("multi-output.zip"))
                #expect(try entries() == 1)
                #expect(try model.run([.ones([2, 10])], cancellation: nil).count == 12)
            }
            #expect(try entries() == 0)
            #expect(throws: RuntimeError.self) { try loader.load(.tensorflow, path: Example.path("fraud-dense.onnx")) }
            #expect(try entries() == 0)
        }
    }
}
