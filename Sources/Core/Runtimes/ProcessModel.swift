import Archives
package import Definitions
import Foundation
import Processes
import Synchronization
package import Tensors

/// A model that a user's program serves: a process that serves `/ping` and `/invocations` on a loopback port.
///
/// Any number of threads may run it: each request has its own connection, and the program decides how many it handles
/// concurrently.
package final class ProcessModel: LoadedModel {
    package let signature: Signature = ProcessModel.signature
    /// The program is arbitrary code.
    package let hasBoundedCost = false

    /// Bytes in, bytes out, each with its content type, and the response's status, which is not always 200.
    package static let signature = Signature(
        inputs: ["body", "content_type", "accept"].map { TensorSpec(name: $0, dataType: .bytes, shape: [1]) },
        outputs: ["body", "content_type"].map { TensorSpec(name: $0, dataType: .bytes, shape: [1]) }
            + [TensorSpec(name: "status", dataType: .int32, shape: [1])]
    )

    private let process: ServingProcess

    /// Starts the program and waits until it is ready.
    ///
    /// - Parameters:
    ///   - artifact: A `model.tar.gz`, which the program finds unpacked in its folder `model`.
    ///   - onLine: Called with each line that the program prints, on a separate thread.
    init(
        artifact: String,
        program: ServingProgram,
        scratchFolder: String,
        onLine: @escaping @Sendable (String) -> Void
    ) throws(RuntimeError) {
        process = try ServingProcess(
            artifact: artifact,
            program: program,
            scratchFolder: scratchFolder,
            onLine: onLine
        )
    }

    deinit { process.close() }

    /// An error status from the program is a result, not a thrown error.
    package func run(_ inputs: [Tensor], cancellation: RunCancellation?) throws(RuntimeError) -> [Tensor] {
        let values = inputs.map { $0.firstString }
        // The warm-up's empty input is not a request that a program must understand.
        guard values.contains(where: { $0?.isEmpty == false }) else { throw .runFailed(reason: "the body is empty") }
        let headers = [
            ("content-type", Self.text(values[1]) ?? "application/octet-stream"),
            ("accept", Self.text(values[2]) ?? "*/*"),
        ]
        let answer = try process.request("POST", "/invocations", headers, values[0] ?? [], cancellation)
        let type = answer.contentType ?? "application/octet-stream"
        return [
            Tensor(shape: [1], strings: [answer.body]), Tensor(shape: [1], strings: [Array(type.utf8)]),
            Tensor(.int32, shape: [1], elements: [Int32(clamping: answer.status)]),
        ]
    }

    private static func text(_ bytes: [UInt8]?) -> String? {
        bytes.flatMap { $0.isEmpty ? nil : String(decoding: $0, as: UTF8.self) }
    }
}

extension Tensor {
    /// The first element of a tensor of strings.
    fileprivate var firstString: [UInt8]? {
        guard dataType == .bytes, elementCount > 0 else { return nil }
        return withBytes(at: 0) { Array($0) }
    }
}

/// The program that serves a model.
package struct ServingProgram: Sendable, Codable {
    /// The path of the `roost` binary, which supervises the program.
    package var executable: String
    /// A user's script, in place of a program `serve`.
    package struct Script: Sendable, Codable {
        /// The Python that runs it.
        package var python: String
        /// The archive with the code; `nil` if it comes with the model.
        package var archive: String?

        package init(python: String, archive: String?) {
            self.python = python
            self.archive = archive
        }
    }

    /// The program `serve` in a folder, or a script.
    package enum Source: Sendable, Codable {
        case folder(String)
        case script(Script)
    }

    package var source: Source
    /// Environment variables from the model's definition.
    package var environment: [String: String] = [:]
    /// Bytes of memory; 0 for no limit.
    package var memoryLimit = 0
    package var threadCount = 1
    /// How long the program may take to become ready.
    package var startLimit: Duration = .seconds(120)

    package init(executable: String, _ source: Source) {
        self.executable = executable
        self.source = source
    }
}
