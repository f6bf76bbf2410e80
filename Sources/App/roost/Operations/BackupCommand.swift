import ArgumentParser
import Backups
import Definitions
import Foundation
import ServerApp

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Back up a data folder, while a server uses it or not.",
        discussion: """
            The backup has everything in the data folder but the installed runtimes: models, pipelines, endpoints, jobs, \
            functions, buckets, logs, labels, and also access keys and other secrets. Only its owner may read the file.
            """,
        subcommands: [Create.self, Verify.self],
        defaultSubcommand: Create.self
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a backup to a file. An existing file is replaced when the backup is complete."
        )
        @OptionGroup var folder: DataFolderOption
        @Flag(help: "Print JSON.") var json = false
        @Argument(help: "File to write (a tar archive); - for standard output.", completion: .file()) var file: String

        func run() async throws {
            try await reportingErrors {
                umask(0o077)
                // A reader that goes away is an error like others, so that nothing stays in the data folder.
                signal(SIGPIPE, SIG_IGN)
                let backup = Backup(of: folder.path)
                let facts = BackupFacts(release: Server.version, createdAt: Date())
                guard file == "-" else {
                    let bar = ProgressBar("Backing up")
                    let summary = try await backup.write(to: file, facts: facts, progress: bar.show)
                    report(missing: summary.missing)
                    if json { return try Output.json(BackupReport(facts, summary.size)) }
                    return print("Backed up \(summary.size.text) to \(file).")
                }
                guard !Terminal(descriptor: STDOUT_FILENO).isThere else {
                    throw RoostError(
                        .invalidInput,
                        "A backup is not written to a terminal. Redirect standard output, or name a file.",
                        field: "file"
                    )
                }
                report(missing: try await backup.write(toDescriptor: STDOUT_FILENO, facts: facts).missing)
            }
        }

        private func report(missing: [String]) {
            for path in missing { Output.note("Warning: '\(path)' is missing in the data folder.") }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check that a backup is complete, and that no file in it is damaged."
        )
        @Flag(help: "Print JSON.") var json = false
        @Argument(help: "Backup to check; - for standard input.", completion: .file()) var file: String

        func run() async throws {
            try await reportingErrors {
                let (facts, size) = try BackupArchive(path: file == "-" ? "/dev/stdin" : file).verify()
                if json { return try Output.json(BackupReport(facts, size)) }
                print(
                    "Complete: \(size.text), made by release \(facts.release) at \(Output.time(facts.createdAt)) UTC."
                )
            }
        }
    }
}

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make a new data folder from a backup, completely or not at all.",
        discussion: """
            Every file is compared with its checksum. A backup contains code that the server runs, so restore only those that \
            you trust. Install the runtimes before you start the server with the folder.
            """
    )

    @Option(help: "Data folder to make. It must be empty, or not exist.", completion: .directory) var data: String
    @Flag(help: "Print JSON.") var json = false
    @Argument(help: "Backup to restore; - for standard input.", completion: .file()) var file: String

    func run() async throws {
        try await reportingErrors {
            umask(0o077)
            let (facts, size) = try await BackupArchive(path: file == "-" ? "/dev/stdin" : file)
                .restore(to: data)
            if json { return try Output.json(BackupReport(facts, size)) }
            print("Restored \(size.text) to \(data), as of \(Output.time(facts.createdAt)) UTC.")
        }
    }
}

/// A backup as JSON.
private struct BackupReport: Encodable {
    var files: Int
    var bytes: Int
    var release: String
    var createdAt: Date

    init(_ facts: BackupFacts, _ size: BackupSize) {
        files = size.files
        bytes = size.bytes
        release = facts.release
        createdAt = facts.createdAt
    }

    enum CodingKeys: String, CodingKey {
        case files, bytes, release
        case createdAt = "created_at"
    }
}

extension BackupSize {
    fileprivate var text: String { "\(Output.count(files, "file")) (\(Output.size(bytes)))" }
}
