import Synchronization

/// Forwards the output of the programs that serve models, line by line, to a listener.
package final class ProgramOutput: Sendable {
    /// Receives the id of the model version that the program serves, and a line. The program waits until it returns.
    package typealias Listener = @Sendable (_ version: String, _ line: String) -> Void

    private let listener = Mutex<Listener?>(nil)

    package func onLine(_ listener: @escaping Listener) { self.listener.withLock { $0 = listener } }

    func tell(_ version: String, _ line: String) { listener.withLock { $0 }?(version, line) }
}
