import Backups
import Definitions
import Foundation

/// The data folder: its place, its permissions, its lock and its content.
struct FolderChecks {
    private static let littleSpace = 1 << 30
    private static let noSpace = 64 << 20
    private static let fewFiles = 10_000
    /// Seconds by which clocks of file systems may differ.
    private static let clockTolerance = 60.0

    let path: String

    private var exists: Bool { FileManager.default.fileExists(atPath: path + "/roost.sqlite") }

    func findings() -> [Finding] {
        let resolved = URL(filePath: path).resolvingSymlinksInPath().path
        guard let folder = FileFacts(resolved) else {
            return [.ok("data folder", "'\(path)' does not exist yet; 'roost serve' creates it")]
        }
        guard folder.isFolder else {
            return [.problem("data folder", "'\(path)' is not a folder", "Choose another one with --data.")]
        }
        return [owner(folder), permissions(folder)] + space() + [server()] + [times()].compactMap(\.self)
    }

    // MARK: Owner and permissions

    private func owner(_ folder: FileFacts) -> Finding {
        let name = Self.user(folder.owner)
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let foreign = entries.sorted().first { entry in
            FileFacts("\(path)/\(entry)").map { $0.owner != folder.owner } ?? false
        }
        if let foreign {
            return .problem(
                "data folder",
                "'\(path)' belongs to \(name), but '\(foreign)' in it does not",
                "Give all of it to one user: chown -R \(name) '\(path)'"
            )
        }
        guard geteuid() == 0 || geteuid() == folder.owner else {
            return .problem(
                "data folder",
                "'\(path)' belongs to \(name), and you are \(Self.user(geteuid()))",
                "Run the server and this command as its owner: sudo -u \(name) roost doctor"
            )
        }
        return .ok("data folder", "'\(path)' belongs to \(name)")
    }

    private func permissions(_ folder: FileFacts) -> Finding {
        guard access(path, R_OK | W_OK | X_OK) == 0 else {
            return .problem(
                "permissions",
                "the data folder cannot be written: \(String(cString: strerror(errno)))",
                "Set its permissions (chmod u+rwx), or mount its file system for writing."
            )
        }
        let mode = String(folder.mode, radix: 8)
        guard folder.mode & 0o007 == 0 else {
            return .warning(
                "permissions",
                "everybody can read the data folder (mode \(mode))",
                "The next start of the server restricts it."
            )
        }
        return .ok("permissions", "mode \(mode)")
    }

    private static func user(_ id: uid_t) -> String {
        getpwuid(id).map { String(cString: $0.pointee.pw_name) } ?? "user \(id)"
    }

    // MARK: Space

    private func space() -> [Finding] {
        var facts = statvfs()
        guard statvfs(path, &facts) == 0 else { return [] }
        let free = Int(
            clamping: UInt(facts.f_bavail).multipliedReportingOverflow(by: UInt(facts.f_frsize)).partialValue
        )
        let advice = "Free some space, or lower --log-days and --log-size."
        let text = "\(Output.size(free)) free"
        let space: Finding =
            free < Self.noSpace
            ? .problem("disk space", text, advice)
            : free < Self.littleSpace ? .warning("disk space", text, advice) : .ok("disk space", text)
        // Some file systems have no fixed number of files.
        guard facts.f_files > 0 else { return [space] }
        let files = Int(clamping: facts.f_favail)
        guard files >= Self.fewFiles else {
            return [
                space,
                .warning("inodes", "\(files) free", "Remove files, or use a file system with more inodes."),
            ]
        }
        return [space, .ok("inodes", "\(files) free")]
    }

    // MARK: Server

    /// Finds the server that uses the folder in the kernel's list of locks. Locking the file could keep a server from starting.
    private func server() -> Finding {
        guard let file = FileFacts(path + "/lock") else { return .ok("lock", "no server uses the folder") }
        let locks = (try? String(contentsOfFile: "/proc/locks", encoding: .utf8)) ?? ""
        for line in locks.split(separator: "\n") {
            // NUMBER: FLOCK ADVISORY WRITE PROCESS MAJOR:MINOR:INODE START END
            let fields = line.split(separator: " ")
            guard fields.count >= 6, fields[1] == "FLOCK", fields[3] == "WRITE",
                fields[5].split(separator: ":").last == "\(file.number)"
            else { continue }
            return .ok("lock", "the server with the process number \(fields[4]) uses the folder")
        }
        return .ok("lock", "no server uses the folder")
    }

    private func times() -> Finding? {
        guard let catalog = FileFacts(path + "/roost.sqlite"), catalog.modified > Date() + Self.clockTolerance else {
            return nil
        }
        return .warning(
            "time of the data",
            "the catalog was changed in the future: the clock has been set back",
            "Check the clock. Logs are ordered by it."
        )
    }

    // MARK: Content

    /// - Parameter isDeep: Whether to read all stored files.
    func contentFindings(isDeep: Bool) async -> [Finding] {
        guard exists else { return [] }
        do {
            return try await withTemporaryFolder { scratch in
                let check = try FolderCheck(of: path, scratch: scratch)
                if let first = try await check.damageOfCatalog().first {
                    return [.problem("catalog", "it is damaged: \(first)", Self.restoreAdvice)]
                }
                let catalog = Finding.ok("catalog", "it can be read, and this release knows its schema")
                return isDeep ? [catalog, try await files(check)] : [catalog]
            }
        } catch {
            return [.problem("catalog", "\(error)", Self.restoreAdvice)]
        }
    }

    private static let restoreAdvice = "If this release is the right one, restore a backup: roost restore"

    private func files(_ check: FolderCheck) async throws -> Finding {
        let damaged = try await check.damagedFiles { _, _ in }
        guard let first = damaged.first else { return .ok("stored files", "complete and undamaged") }
        let others = damaged.count > 1 ? " and \(damaged.count - 1) more" : ""
        return .problem(
            "stored files",
            "'\(first)'\(others) missing or damaged",
            "Check the disk. Upload the models and objects again, or restore a backup."
        )
    }
}

/// What the file system says about a file or a folder.
private struct FileFacts {
    let isFolder: Bool
    let owner: uid_t
    /// The permission bits.
    let mode: Int
    let number: Int
    let modified: Date

    /// Returns `nil` if there is nothing at the path.
    init?(_ path: String) {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else { return nil }
        isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
        owner = (attributes[.ownerAccountID] as? NSNumber)?.uint32Value ?? 0
        mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
        number = (attributes[.systemFileNumber] as? NSNumber)?.intValue ?? 0
        modified = attributes[.modificationDate] as? Date ?? .distantPast
    }
}
