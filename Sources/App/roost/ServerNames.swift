import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

/// Completes the names of what a server has, in the shell.
///
/// The shell runs this command for each request. If the server does not answer at once, nothing is completed.
enum ServerNames {
    static var pipelines: CompletionKind {
        complete { client, _ in try await client.pipelines().map(\.name) }
    }

    static var workspaces: CompletionKind {
        complete { client, _ in try await client.workspaces().map(\.name) }
    }

    static var models: CompletionKind {
        complete { client, line in try await client.models(in: line.workspace).map(\.name) }
    }

    /// Names of models, and after an `@` their versions.
    static var modelVersions: CompletionKind {
        complete { client, line in
            guard let at = line.prefix.firstIndex(of: "@") else {
                return try await client.models(in: line.workspace).map(\.name)
            }
            let name = String(line.prefix[..<at])
            return try await client.model(name, in: line.workspace).versions.map { "\(name)@\($0.id)" }
        }
    }

    /// The versions of the pipeline that the command line names.
    static var pipelineVersions: CompletionKind {
        complete { client, line in
            let names = Set(try await client.pipelines().map(\.name))
            guard let name = line.words.first(where: names.contains) else { return [] }
            return ["previous"] + (try await client.pipelineVersions(name).map(\.id))
        }
    }

    static var jobs: CompletionKind {
        complete { client, _ in
            let training = try await client.jobs(TrainingJob.self).jobs.map(\.name)
            return training + (try await tuningJobNames(client))
                + (try await client.jobs(TransformJob.self).jobs.map(\.name))
        }
    }

    static var tuningJobs: CompletionKind { complete { client, _ in try await tuningJobNames(client) } }

    static var functions: CompletionKind {
        complete { client, _ in try await client.functions().map(\.name) }
    }

    static var webhooks: CompletionKind {
        complete { client, _ in try await client.webhooks().map(\.name) }
    }

    static var gates: CompletionKind {
        complete { client, _ in try await client.gates().map(\.pipeline) }
    }

    static var assays: CompletionKind {
        complete { client, _ in try await client.assays().map(\.name) }
    }

    static var suites: CompletionKind {
        complete { client, _ in try await client.suites().map(\.name) }
    }

    static var loops: CompletionKind {
        complete { client, _ in try await client.loops().map(\.name) }
    }

    static var algorithms: CompletionKind {
        complete { client, _ in try await client.algorithms().map(\.name) }
    }

    static var quotaRequests: CompletionKind {
        complete { client, _ in try await client.quotas().requests.map(\.id) }
    }

    private static func tuningJobNames(_ client: RoostClient) async throws -> [String] {
        try await client.jobs(TuningJob.self).jobs.map(\.name)
    }

    // MARK: The command line

    /// The command line that is being completed.
    struct Line {
        /// The words without the one that is being completed.
        var words: [String]
        /// The beginning of the word that is being completed.
        var prefix: String

        init(_ words: [String], at index: Int, prefix: String) {
            self.words = words.enumerated().filter { $0.offset != index }.map(\.element)
            self.prefix = prefix
        }

        /// Returns the value of the last of these options.
        func value(of names: String...) -> String? {
            for (index, word) in words.enumerated().reversed() {
                for name in names {
                    if word == name, index + 1 < words.count { return words[index + 1] }
                    if name.hasPrefix("--"), word.hasPrefix(name + "=") {
                        return String(word.dropFirst(name.count + 1))
                    }
                }
            }
            return nil
        }

        var workspace: String { value(of: "--workspace", "-w") ?? Workspace.defaultName }
    }

    /// How long a person waits without noticing.
    private static let limit = Duration.milliseconds(300)

    private static func complete(
        _ names: @escaping @Sendable (RoostClient, Line) async throws -> [String]
    ) -> CompletionKind {
        .custom { words, index, prefix async in
            let line = Line(words, at: index, prefix: prefix)
            guard let client = try? RoostClient(url: line.value(of: "--url")) else { return [] }
            let found = await withTaskGroup(of: [String].self) { group in
                group.addTask { (try? await names(client, line)) ?? [] }
                group.addTask {
                    try? await Task.sleep(for: limit)
                    return []
                }
                defer { group.cancelAll() }
                return await group.next() ?? []
            }
            return found.filter { $0.hasPrefix(prefix) && isPlain($0) }
        }
    }

    /// Whether a shell can take a name as it is. The server is not trusted with the terminal.
    private static func isPlain(_ name: String) -> Bool {
        name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_.@".utf8.contains(byte)
            }
        }
    }
}
