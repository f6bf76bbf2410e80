import DataFolder
import Definitions
import Foundation
import Logging
import Platform
import Programs
import Runtimes
import TestSupport
import Testing

@Suite("Data folder")
struct DataFolderTests {
    private func open(_ folder: String) throws -> DataFolder {
        let configuration = DataFolder.Configuration(path: folder, programs: ProgramHost(executable: roostBinary))
        return try DataFolder(configuration, logger: Logger(label: "test")) { _, _, _ in
            InspectedModel(signature: Signature(inputs: [], outputs: []))
        }
    }

    @Test("a second server is refused until the first one has ended")
    func lock() async throws {
        try await withTemporaryFolder { folder in
            var first: DataFolder? = try open(folder)
            let refusal = #expect(throws: RoostError.self) { try open(folder) }
            #expect(refusal?.code == .conflict)
            await first?.close()
            first = nil
            await (try open(folder)).close()
        }
    }

    @Test("only the owner can read what is in it")
    func modes() async throws {
        try await withTemporaryFolder { parent in
            let folder = parent + "/data"
            await (try open(folder)).close()
            for path in [folder, folder + "/roost.sqlite"] {
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? -1
                #expect(mode & 0o077 == 0, "\(path) has the mode \(String(mode, radix: 8))")
            }
        }
    }

    @Test("what was recorded is there when it is opened again")
    func reopen() async throws {
        try await withTemporaryFolder { folder in
            do {
                let data = try open(folder)
                _ = try await data.platform.createWorkspace(named: "w")
                await data.close()
            }
            let data = try open(folder)
            let names = try await data.platform.workspaces().map(\.name)
            #expect(names.contains("w"))
            await data.close()
        }
    }
}
