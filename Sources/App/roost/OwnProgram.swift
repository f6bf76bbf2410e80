import ArgumentParser
import Foundation

/// The program that runs.
enum OwnProgram {
    static func path() throws -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes {
            $0.baseAddress.map { readlink("/proc/self/exe", $0.assumingMemoryBound(to: CChar.self), 4096) } ?? -1
        }
        guard count > 0 else { throw ValidationError("The program cannot find its own file.") }
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }

    /// Returns the Python of the environment that this program was installed in with pip, or else the one in the `PATH`.
    static func python() -> String {
        guard let program = try? path() else { return "python3" }
        let folder = URL(filePath: program).deletingLastPathComponent()
        let isEnvironment = FileManager.default.fileExists(atPath: folder.appending(path: "../pyvenv.cfg").path)
        return isEnvironment ? folder.appending(path: "python3").path : "python3"
    }
}
