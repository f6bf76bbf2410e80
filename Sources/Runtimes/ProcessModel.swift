import Archives
package import Definitions
import Foundation
import Processes
import Synchronization
package import Tensors

/// A model that a user's program serves: a process that answers `/ping` and `/invocations` on a loopback port.
///
/// Any number of threads may run it: each request has a connection of its own, and how many the program answers side by
/// side is its affair.
package final class ProcessModel: LoadedModel {
    package let signature: Signature = ProcessModel.signature
    /// The program does what it likes.
    package let hasBoundedCost = false

    /// Bytes in, bytes out, each with its content type.
    package static let signature = Signature(
        inputs: ["body", "content_type", "accept"].map { TensorSpec(name: $0, dataType: .bytes, shape: [1]) },
        outputs: ["body", "content_type"].map { TensorSpec(name: $0, dataType: .bytes, shape: [1]) }
    )

    private let process: ServingProcess

    /// Starts the program, and waits until it answers.
    ///
    /// - Parameter artifact: A `model.tar.gz`, which the program finds unpacked in its folder `model`.
    init(artifact: String, program: ServingProgram, scratchFolder: String) throws(RuntimeError) {
        process = try ServingProcess(artifact: artifact, program: program, scratchFolder: scratchFolder)
    }

    deinit { process.close() }

    /// - Throws: ``RuntimeError/refused(status:body:)`` where the program answers with an error.
    package func run(_ inputs: [Tensor], cancellation: RunCancellation?) throws(RuntimeError) -> [Tensor] {
        let values = inputs.map { $0.firstString }
        // What the warm-up sends is no request that a program has to understand.
        guard let contentType = values[1], !contentType.isEmpty else {
            throw .runFailed(reason: "a content type is needed")
        }
        let headers = [
            ("content-type", String(decoding: contentType, as: UTF8.self)),
            ("accept", values[2].flatMap { $0.isEmpty ? nil : String(decoding: $0, as: UTF8.self) } ?? "*/*"),
        ]
        let answer = try process.request("POST", "/invocations", headers, values[0] ?? [], cancellation)
        guard (200..<300).contains(answer.status) else {
            throw .refused(status: answer.status, body: String(decoding: answer.body.prefix(4096), as: UTF8.self))
        }
        let type = answer.contentType ?? "application/octet-stream"
        return [Tensor(shape: [1], strings: [answer.body]), Tensor(shape: [1], strings: [Array(type.utf8)])]
    }
}

extension Tensor {
    /// The first element of a tensor of texts.
    fileprivate var firstString: [UInt8]? {
        guard dataType == .bytes, elementCount > 0 else { return nil }
        return withBytes(at: 0) { Array($0) }
    }
}

/// The program that serves a model.
package struct ServingProgram: Sendable {
    /// The path of the `roost` binary, which the program runs under.
    package var executable: String
    /// The folder with the program `serve`.
    package var folder: String
    /// What the model's definition adds to its environment.
    package var environment: [String: String] = [:]
    /// Bytes of memory; 0 for no bound.
    package var memoryLimit = 0
    package var threadCount = 1
    /// How long it may take until it answers.
    package var startLimit: Duration = .seconds(120)

    package init(executable: String, folder: String) {
        self.executable = executable
        self.folder = folder
    }
}
