import Archives
package import Definitions
import Programs
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
        do throws(ProgramError) {
            process = try ServingProcess(
                artifact: artifact,
                program: program,
                scratchFolder: scratchFolder,
                onLine: onLine
            )
        } catch {
            throw .modelRejected(framework: "process", reason: error.reason)
        }
    }

    deinit { process.close() }

    /// An error status from the program is a result, not a thrown error.
    package func run(_ inputs: [Tensor], cancellation: RunCancellation?) throws(RuntimeError) -> [Tensor] {
        let values = inputs.map { $0.firstString }
        // The warm-up's empty input is not a request that a program must understand.
        guard values.contains(where: { $0?.isEmpty == false }) else { throw .runFailed(reason: "the body is empty") }
        let request = LoopbackRequest(
            "POST",
            "/invocations",
            headers: [
                ("content-type", Self.text(values[1]) ?? "application/octet-stream"),
                ("accept", Self.text(values[2]) ?? "*/*"),
            ],
            body: values[0] ?? []
        )
        if let cancellation {
            guard cancellation.begin({ request.cancel() }) else { throw .cancelled }
        }
        defer { cancellation?.end() }
        let response: LoopbackResponse
        do throws(ProgramError) {
            response = try process.respond(to: request)
        } catch {
            throw error == .cancelled ? .cancelled : .programFailed(reason: error.reason)
        }
        let type = response.contentType ?? "application/octet-stream"
        return [
            Tensor(shape: [1], strings: [response.body]), Tensor(shape: [1], strings: [Array(type.utf8)]),
            Tensor(.int32, shape: [1], elements: [Int32(clamping: response.status)]),
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

extension ProgramError {
    /// The reason of a ``RuntimeError``, whose subject is the model.
    fileprivate var reason: String {
        switch self {
        case .unpackingFailed(let error): error?.description ?? "it cannot be unpacked"
        case .notStarted: "its program cannot be started"
        case .ended(let outcome, let lines):
            "its program ended (\(outcome))" + (lines.isEmpty ? "" : ": " + lines.joined(separator: "\n"))
        case .notReady: "its program is not ready"
        case .closed: "it was unloaded"
        case .unreachable: "its program cannot be reached"
        case .connectionFailed(let reason): "its program cannot be reached (\(reason))"
        case .disconnected(let isMidway):
            "its program closed the connection" + (isMidway ? " in the middle of its response" : "")
        case .silent(let seconds): "its program did not respond within \(seconds) s"
        case .tooSlow: "its program's response takes too long"
        case .invalidResponse: "its program's response is not valid HTTP"
        case .responseTooLarge(let limit): "its program's response is larger than \(limit >> 20) MiB"
        case .cancelled: "\(RuntimeError.cancelled)"
        }
    }
}
