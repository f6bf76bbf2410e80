package import Definitions
package import Foundation
import InferenceLog
import NIOCore
import Pipelines
import Synchronization
import Tensors

/// Runs the functions of pipelines. What runs them is set once, because functions stand above what is deployed.
package final class PipelineFunctions: Sendable {
    /// Gives a JSON document to a function, and waits for its result or for a time. Blocks.
    package typealias Run =
        @Sendable (_ function: FunctionStep, _ event: Data, _ timeLimit: Duration) throws(RoostError) -> Data

    private struct Means: Sendable {
        let run: Run
        let exists: @Sendable (FunctionStep) -> Bool
    }

    /// Requests that may wait for a function at once, each on a thread of its own.
    private static let waitingLimit = 256

    private let means = Mutex<Means?>(nil)
    private let waiting = Atomic<Int>(0)

    package init() {}

    /// Does work that waits for functions, on a thread that neither event loops nor models need: a function may ask the server
    /// itself.
    ///
    /// - Returns: `false` if too many requests wait.
    func wait(_ work: @escaping @Sendable () -> Void) -> Bool {
        guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= Self.waitingLimit else {
            waiting.wrappingSubtract(1, ordering: .relaxed)
            return false
        }
        // Not one of the threads for work that blocks: starting a function needs these.
        let thread = Thread { [self] in
            work()
            waiting.wrappingSubtract(1, ordering: .relaxed)
        }
        thread.name = "pipeline-functions"
        thread.start()
        return true
    }

    package func use(_ run: @escaping Run, exists: @escaping @Sendable (FunctionStep) -> Bool) {
        means.withLock { $0 = Means(run: run, exists: exists) }
    }

    package func exists(_ function: FunctionStep) -> Bool { means.withLock { $0 }?.exists(function) ?? false }

    func run(_ function: FunctionStep, _ event: Data, _ timeLimit: Duration) throws(RoostError) -> Data {
        guard let means = means.withLock({ $0 }) else {
            throw RoostError(.unavailable, "Function '\(function)' cannot run: the server is starting.")
        }
        return try means.run(function, event, timeLimit)
    }
}

extension Serving {
    /// Returns what the functions before the models make of a request's body: the body that is decoded.
    ///
    /// - Parameter runs: Gets what ran.
    func runFunctionsBefore(
        _ body: ByteBuffer,
        on route: InferenceRoute,
        _ runs: inout [InferenceRecord.FunctionRun]
    ) throws(RoostError) -> ByteBuffer {
        let functions = route.plan.functionsBefore
        guard let first = functions.first else { return body }
        try Self.checkSyntax(of: body, for: first)
        var document = Data(body.readableBytesView)
        for function in functions {
            let input = Array(document)
            document = try run(function, document, logging: input, on: route, &runs)
        }
        return ByteBuffer(bytes: document)
    }

    /// Returns what the functions after the models make of the outputs: `{"NAME": [[…]], …}`.
    func runFunctionsAfter(
        _ outputs: [Tensor],
        on route: InferenceRoute,
        _ runs: inout [InferenceRecord.FunctionRun]
    ) throws(RoostError) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.raw("{")
        for (index, (tensor, spec)) in zip(outputs, route.plan.outputs).enumerated() {
            if index > 0 { writer.raw(",") }
            writer.string(spec.name)
            writer.raw(":")
            writer.nested(tensor)
        }
        writer.raw("}")
        var document = Data(writer.bytes)
        for function in route.plan.functionsAfter {
            // The outputs are in the log already.
            document = try run(function, document, logging: nil, on: route, &runs)
        }
        return Array(document)
    }

    private func run(
        _ function: FunctionStep,
        _ event: Data,
        logging input: [UInt8]?,
        on route: InferenceRoute,
        _ runs: inout [InferenceRecord.FunctionRun]
    ) throws(RoostError) -> Data {
        let watch = Stopwatch()
        let result = try functions.run(function, event, configuration.runTimeLimit)
        // What it returns becomes a part of a document.
        if let problem = result.withUnsafeBytes({ JSONCursor.syntaxError(in: $0) }) {
            throw RoostError(.internalError, "Function '\(function)' returned what is not a JSON document: \(problem).")
        }
        runs.append(
            InferenceRecord.FunctionRun(
                name: function.name,
                elapsed: Int64(watch.nanoseconds),
                input: input,
                policy: route.version.logPolicy
            )
        )
        return result
    }

    private static func checkSyntax(of body: ByteBuffer, for function: FunctionStep) throws(RoostError) {
        guard let problem = body.withUnsafeReadableBytes({ JSONCursor.syntaxError(in: $0) }) else { return }
        throw RoostError(
            .invalidInput,
            "Function '\(function)', with which this pipeline begins, takes a JSON document, and the body is none: \(problem).",
            field: "body"
        )
    }
}
