import Files
import Foundation
import Processes
import Synchronization

/// Marks on disk for the items that the server is loading or resuming. An item that is still marked at the next start may have
/// ended the server: it is a suspect.
///
/// A model, a definition or a job may crash the process that starts it, and would crash it again after each restart. So each is
/// marked before it is started and unmarked afterwards. Suspects are started with care; see ``suspicion(of:)``. A server that is
/// killed from outside also leaves marks, which cost nothing but that care.
package final class StartMarks: Sendable {
    /// Something that the server loads, starts or resumes.
    package struct Item: Sendable, Hashable {
        let fileName: String

        private init(_ kind: String, _ name: String) {
            // A name must not become a path.
            fileName = "\(kind).\(name.replacing("/", with: "%2F"))"
        }

        /// Returns the item for loading a model version into this process.
        package static func model(_ id: String) -> Item { Item("model", id) }
        /// Returns the item for turning a pipeline's definition into a plan.
        package static func pipeline(_ name: String) -> Item { Item("pipeline", name) }
        /// Returns the item for applying a change to an endpoint.
        package static func endpoint(_ name: String) -> Item { Item("endpoint", name) }
        /// Returns the item for starting or resuming a job.
        ///
        /// - Parameter kind: The kind of job. Names are unique within it.
        package static func job(_ kind: String, _ name: String) -> Item { Item("\(kind)-job", name) }
    }

    /// What is known about an item that was left marked.
    package struct Suspicion: Sendable, Equatable {
        /// Consecutive crashes of the server while it started the item. A server killed from outside does not count.
        package var crashes: Int
        /// Whether the item is certain to be the cause: after the first crash, suspects are started one at a time.
        package var isProven: Bool { crashes >= 2 }
    }

    private enum Mark: Equatable {
        /// The item is being started.
        case active(crashes: Int)
        /// The item was being started when an earlier server ended, and has not been started since.
        case left(crashes: Int)

        var text: String {
            switch self {
            case .active(let crashes): "active \(crashes)\n"
            case .left(let crashes): "left \(crashes)\n"
            }
        }

        /// Parses a mark. Invalid text counts as active, as its writing was interrupted.
        init(_ text: String) {
            let words = text.split(whereSeparator: \.isWhitespace)
            let crashes = words.count > 1 ? Int(words[1]) ?? 0 : 0
            self = words.first == "left" ? .left(crashes: crashes) : .active(crashes: crashes)
        }
    }

    /// Returns the path of the file that `CrashNote` writes when the server crashes.
    package static func crashNote(in dataFolder: String) -> String { folder(in: dataFolder) + "/crash" }
    private static func folder(in dataFolder: String) -> String { dataFolder + "/start" }

    private let folder: String
    private let suspects: Mutex<[String: Int]>
    private let gate = Turnstile(capacity: 1)
    private let clock: any Clock<Duration>

    /// Reads the marks that the last server left.
    package init(dataFolder: String, clock: any Clock<Duration> = ContinuousClock()) throws {
        self.clock = clock
        folder = Self.folder(in: dataFolder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let note = Self.crashNote(in: dataFolder)
        let hasCrashed = FileManager.default.fileExists(atPath: note)
        // Before the crash is counted: counting one too few costs another restart, but one too many costs a job.
        unlink(note)
        var suspects: [String: Int] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name != "crash" {
            let path = "\(folder)/\(name)"
            let crashes: Int
            switch Mark((try? String(contentsOfFile: path, encoding: .utf8)) ?? "") {
            case .left(let known): crashes = known
            case .active(let known): crashes = hasCrashed ? known + 1 : known
            }
            suspects[name] = crashes
            Self.write(.left(crashes: crashes), to: path)
        }
        self.suspects = Mutex(suspects)
        Files.flush(folder: folder)
    }

    /// Returns the suspicion against an item; `nil` if there is none.
    package func suspicion(of item: Item) -> Suspicion? {
        suspects.withLock { $0[item.fileName] }.map { Suspicion(crashes: $0) }
    }

    /// The number of suspects.
    package var suspectCount: Int { suspects.withLock { $0.count } }

    /// Marks an item. The mark is on disk when this returns.
    package func mark(_ item: Item) {
        Self.write(.active(crashes: suspicion(of: item)?.crashes ?? 0), to: "\(folder)/\(item.fileName)")
        Files.flush(folder: folder)
    }

    /// Clears an item's mark and the suspicion against it, once it has started or was properly refused.
    package func unmark(_ item: Item) {
        _ = suspects.withLock { $0.removeValue(forKey: item.fileName) }
        unlink("\(folder)/\(item.fileName)")
    }

    /// Marks an item while `work` runs.
    package func during<Result, Failure: Error>(
        _ item: Item,
        _ work: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        mark(item)
        defer { unmark(item) }
        return try work()
    }

    /// Marks an item while `work` runs, but only for its first seconds: a later crash says nothing about its start. Suspects of a
    /// crash start one at a time, so that the next crash identifies the cause.
    package func duringBeginning(of item: Item, _ work: @Sendable () async -> Void) async {
        let isAlone = (suspicion(of: item)?.crashes ?? 0) > 0
        if isAlone { await gate.enter() }
        mark(item)
        let end = OnceFlag()
        let settle: @Sendable () -> Void = { [self] in
            guard end.set() else { return }
            unmark(item)
            if isAlone { gate.leave() }
        }
        let timer = Task { [clock] in
            try await clock.sleep(for: .seconds(10))
            settle()
        }
        await work()
        timer.cancel()
        settle()
    }

    // MARK: Files

    private static func write(_ mark: Mark, to path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        // A disk that is full or read-only must not keep the server from starting.
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        _ = Array(mark.text.utf8).withUnsafeBytes { Files.append($0, to: descriptor) }
        Files.flush(descriptor)
    }
}

/// A flag that can be set once.
private final class OnceFlag: Sendable {
    private let isSet = Atomic<Bool>(false)

    /// Sets the flag, and returns whether this call was the first.
    func set() -> Bool { !isSet.exchange(true, ordering: .relaxed) }
}
