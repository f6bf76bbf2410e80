import Foundation
import Runtimes
import Synchronization

/// What the server is loading or taking up at the moment, kept on the disk: what it leaves marked when it ends is a suspect for the
/// next start.
///
/// A model, a definition or a job may end the process that takes it up, and stands in the catalog, so that the next server takes
/// it up too. So each is marked before and unmarked after. Who takes up a suspect is careful with it: see ``suspicion(of:)``.
/// A server that is killed from outside leaves marks as well, which cost nothing but that care.
package final class StartMarks: Sendable {
    /// Something that is taken up.
    package struct Item: Sendable, Hashable {
        let fileName: String

        private init(_ kind: String, _ name: String) {
            // A name is never a path.
            fileName = "\(kind).\(name.replacing("/", with: "%2F"))"
        }

        /// A model version by its id, loaded into this process.
        package static func model(_ id: String) -> Item { Item("model", id) }
        /// A pipeline's definition, made into a plan.
        package static func pipeline(_ name: String) -> Item { Item("pipeline", name) }
        /// An endpoint's change.
        package static func endpoint(_ name: String) -> Item { Item("endpoint", name) }
        /// - Parameter kind: Names of jobs are unique in it.
        package static func job(_ kind: String, _ name: String) -> Item { Item("\(kind)-job", name) }
    }

    /// What is known of an item that was left marked.
    package struct Suspicion: Sendable, Equatable {
        /// Servers in a row that crashed by themselves while they took it up. One that was killed from outside does not count.
        package var crashes: Int
        /// Both were of their own making, and since the first one suspects are taken up one at a time: it is the item.
        package var isProven: Bool { crashes >= 2 }
    }

    private enum Mark: Equatable {
        /// It is being taken up.
        case active(crashes: Int)
        /// It was when an earlier server ended, and has not been since.
        case left(crashes: Int)

        var text: String {
            switch self {
            case .active(let crashes): "active \(crashes)\n"
            case .left(let crashes): "left \(crashes)\n"
            }
        }

        /// What cannot be read was cut short while it was being written.
        init(_ text: String) {
            let words = text.split(whereSeparator: \.isWhitespace)
            let crashes = words.count > 1 ? Int(words[1]) ?? 0 : 0
            self = words.first == "left" ? .left(crashes: crashes) : .active(crashes: crashes)
        }
    }

    /// The file in a data folder that a server leaves there which crashes: `CrashNote` writes it.
    package static func crashNote(in dataFolder: String) -> String { folder(in: dataFolder) + "/crash" }
    private static func folder(in dataFolder: String) -> String { dataFolder + "/start" }

    private let folder: String
    private let suspects: Mutex<[String: Int]>
    private let gate = Turnstile(capacity: 1)

    /// Takes over what the last server has left.
    package init(dataFolder: String) throws {
        folder = Self.folder(in: dataFolder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let note = Self.crashNote(in: dataFolder)
        let hasCrashed = FileManager.default.fileExists(atPath: note)
        // Before the crash is counted: what is counted once too little costs another start, once too much a job.
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
        Self.flush(folder)
    }

    /// What is held against an item; `nil` where nothing is.
    package func suspicion(of item: Item) -> Suspicion? {
        suspects.withLock { $0[item.fileName] }.map { Suspicion(crashes: $0) }
    }

    /// How many items are suspects.
    package var suspectCount: Int { suspects.withLock { $0.count } }

    /// Marks an item, on the disk when this returns.
    package func mark(_ item: Item) {
        Self.write(.active(crashes: suspicion(of: item)?.crashes ?? 0), to: "\(folder)/\(item.fileName)")
        Self.flush(folder)
    }

    /// The item was taken up, or was refused in order: nothing is held against it any more.
    package func unmark(_ item: Item) {
        _ = suspects.withLock { $0.removeValue(forKey: item.fileName) }
        unlink("\(folder)/\(item.fileName)")
    }

    /// Marks an item while `work` takes it up.
    package func during<Result, Failure: Error>(
        _ item: Item,
        _ work: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        mark(item)
        defer { unmark(item) }
        return try work()
    }

    /// Marks an item while `work` runs, but no longer than for its first seconds: what it does later is no matter of its being
    /// taken up. Those that a crash is held against go one at a time, so that the next crash tells whose it is.
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
        let timer = Task {
            try await Task.sleep(for: .seconds(10))
            settle()
        }
        await work()
        timer.cancel()
        settle()
    }

    // MARK: Files

    private static func write(_ mark: Mark, to path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        // A disk that is full or cannot be written to keeps no server from starting.
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let text = mark.text
        _ = text.withCString { Foundation.write(descriptor, $0, strlen($0)) }
        fsync(descriptor)
    }

    private static func flush(_ folder: String) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

/// Set once.
private final class OnceFlag: Sendable {
    private let isSet = Atomic<Bool>(false)

    /// Whether this call was the one.
    func set() -> Bool { !isSet.exchange(true, ordering: .relaxed) }
}
