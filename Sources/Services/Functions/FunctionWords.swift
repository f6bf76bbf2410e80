import Definitions
import Foundation
import Processes

/// What AWS's runtime says of an invocation: the errors that it describes itself, and the lines that frame it in the log.
enum FunctionWords {
    /// A description of an error, as a JSON document like those that the runtime client for Python writes.
    static func error(_ type: String, _ message: String) -> Data {
        struct Description: Encodable {
            let errorType: String
            let errorMessage: String
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(Description(errorType: type, errorMessage: message))) ?? Data("{}".utf8)
    }

    static func timedOut(_ id: String, after limit: Int) -> Data {
        error("Sandbox.Timedout", "RequestId: \(id) Error: Task timed out after \(limit).00 seconds")
    }

    static func tooLarge() -> Data {
        error(
            "Function.ResponseSizeTooLarge",
            "Response payload size exceeded maximum allowed payload size (\(FunctionEvent.resultLimit) bytes)."
        )
    }

    static func ended(_ id: String, _ outcome: SupervisedProcess.Outcome) -> Data {
        error("Runtime.ExitError", "RequestId: \(id) Error: Runtime exited \(reason(outcome))")
    }

    private static func reason(_ outcome: SupervisedProcess.Outcome) -> String {
        switch outcome {
        case .exited(0): "without providing a reason"
        case .exited(let status): "with error: exit status \(status)"
        case .signaled(let number): "with error: signal: \(name(ofSignal: number))"
        case .memoryExceeded, .tooManyProcesses, .lost: "with error: signal: killed"
        case .notStarted(let reason): "with error: \(reason)"
        }
    }

    private static func name(ofSignal number: Int) -> String {
        switch number {
        case 4: "illegal instruction"
        case 6: "aborted"
        case 7: "bus error"
        case 8: "floating point exception"
        case 9: "killed"
        case 11: "segmentation fault"
        case 15: "terminated"
        default: "signal \(number)"
        }
    }

    /// Why the server ended a process, for the function's log; `nil` if it did not.
    static func note(_ outcome: SupervisedProcess.Outcome, memory: Int) -> String? {
        switch outcome {
        case .memoryExceeded: "The function used more than its memory of \(memory) MB and was ended."
        case .tooManyProcesses:
            "The function started more than \(FunctionProcess.processLimit) processes and was ended."
        default: nil
        }
    }

    static func start(_ id: String, version: String) -> String { "START RequestId: \(id) Version: \(version)" }

    static func end(_ id: String) -> String { "END RequestId: \(id)" }

    /// The line with what an invocation took.
    ///
    /// - Parameter begin: What starting the process took, if the event was its first.
    static func report(_ id: String, took: Duration, begin: Duration?, memory: Int, peak: Int?) -> String {
        let milliseconds = took / .milliseconds(1)
        var line = "REPORT RequestId: \(id)\tDuration: \(text(milliseconds)) ms"
        line += "\tBilled Duration: \(text(milliseconds.rounded(.up), digits: 0)) ms\tMemory Size: \(memory) MB"
        if let peak { line += "\tMax Memory Used: \(peak >> 20) MB" }
        if let begin { line += "\tInit Duration: \(text(begin / .milliseconds(1))) ms" }
        return line + "\t"
    }

    private static func text(_ number: Double, digits: Int = 2) -> String {
        String(format: "%.\(digits)f", number)
    }
}
