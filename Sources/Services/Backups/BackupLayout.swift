/// What a backup contains, by paths in the data folder.
///
/// What is not listed here is included, so that nothing is missing that a later release adds.
enum BackupLayout {
    /// The first entry of the archive. It is not a file of the data folder.
    static let header = "backup.json"
    /// The last entry, which proves that the archive is complete. `sha256sum --check` reads it too.
    static let checksums = "SHA256SUMS"
    static let database = "roost.sqlite"

    /// Folders of files that never change, but may be removed at any time.
    static let stores = ["objects/sha256", "objects/blobs", "functions/sha256", "algorithms"]

    /// What a server makes anew, what belongs to a running process, and what is copied in another way.
    private static let omitted: Set<Substring> = [
        "algorithms", "backup", "backup.json", "function-work", "functions", "jobs", "lock", "objects", "roost.sqlite",
        "roost.sqlite-journal", "roost.sqlite-shm", "roost.sqlite-wal", "runtimes", "scratch", "SHA256SUMS", "start",
    ]
    /// Unfinished files, and those that the server makes from the segments of the log.
    private static let omittedSuffixes = [".partial", ".columns"]

    /// Folders of files of lines. The last line of such a file may be incomplete.
    private static let lines: Set<Substring> = [
        "endpoint-logs", "function-logs", "job-logs", "job-metrics", "labels", "logs", "series",
    ]

    /// Returns whether a path belongs to the part of the folder that is copied as it is found.
    static func isCopied(_ path: String) -> Bool {
        !omitted.contains(top(of: path)) && !omittedSuffixes.contains { path.hasSuffix($0) }
    }

    /// Returns whether a backup can contain a file at this path.
    static func isKnown(_ path: String) -> Bool {
        path == database || isCopied(path) || stores.contains { path.hasPrefix($0 + "/") }
    }

    static func hasLines(_ path: String) -> Bool { lines.contains(top(of: path)) }

    private static func top(of path: String) -> Substring {
        path.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1).first.map(Substring.init) ?? ""
    }
}
