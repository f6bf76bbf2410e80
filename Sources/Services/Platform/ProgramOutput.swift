import Synchronization

/// Hands on what the programs that serve models print, line by line, to who keeps it for users.
package final class ProgramOutput: Sendable {
    /// Called with the id of the model version that the program serves; it may block the program.
    package typealias Listener = @Sendable (_ version: String, _ line: String) -> Void

    private let listener = Mutex<Listener?>(nil)

    package func onLine(_ listener: @escaping Listener) { self.listener.withLock { $0 = listener } }

    func tell(_ version: String, _ line: String) { listener.withLock { $0 }?(version, line) }
}
