import Archives
import Definitions
import Foundation
import Subprocess
import SystemPackage

/// Installs the runtimes' libraries from their Python wheels, using pip with pinned versions and verified hashes.
package struct RuntimeInstaller: Sendable {
    /// The wheel of one runtime.
    struct Wheel: Sendable {
        let package: String
        let version: String
        /// For CPython 3.11, whatever Python runs pip: only the shared libraries in it are used.
        let platform: String
        /// Keyed by processor.
        let sha256: [String: String]
    }

    /// The folder for the runtimes: `FOLDER/NAME-VERSION/`.
    package let folder: String
    let python: String

    package init(folder: String, python: String = "python3") {
        self.folder = folder
        self.python = python
    }

    static func wheel(of framework: RuntimeName) -> Wheel {
        switch framework {
        case .onnx:
            return Wheel(
                package: "onnxruntime",
                version: "1.31.1",
                platform: "manylinux_2_28",
                sha256: [
                    "x86_64": "5752bd508126ae7c49894d3b9d2e83f0c3d487319246d04c444b393308d7ad7f",
                    "aarch64": "da05378364c44d4407e463982d2bf8d5e4cfea873283757e48beeb41df97b7f3",
                ]
            )
        case .tensorflow:
            return Wheel(
                package: "tensorflow-cpu",
                version: "2.21.0",
                platform: "manylinux_2_27",
                sha256: ["x86_64": "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c"]
            )
        case .xgboost:
            return Wheel(
                package: "xgboost-cpu",
                version: "3.2.0",
                platform: "manylinux_2_28",
                sha256: [
                    "x86_64": "9c10b1653e1a689bf4094a328144cf3633c9be0e5217a76fbdc2fde6abcb2950",
                    "aarch64": "896b9e2bc52ec0921edf92ddd1cebedf47032e94992b7aca0293524d380ce6e9",
                ]
            )
        }
    }

    #if arch(x86_64)
    private static let processor = "x86_64"
    #else
    private static let processor = "aarch64"
    #endif

    /// Installs the runtime unless that version is already installed.
    ///
    /// - Parameter progress: Called with a line of text at each step.
    /// - Returns: The library, and whether it was already installed.
    package func install(
        _ framework: RuntimeName,
        progress: (String) -> Void
    ) async throws -> (library: RuntimeLibrary, wasInstalled: Bool) {
        let wheel = Self.wheel(of: framework)
        let search = RuntimeLibrary.SearchPath(only: folder)
        let target = "\(folder)/\(framework.rawValue)-\(wheel.version)"
        if FileManager.default.fileExists(atPath: target) {
            return (try RuntimeLibrary.find(framework, in: search), true)
        }
        // Work in a folder beside the target, so that the target appears in one step.
        let work = "\(folder)/.install-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: work) }
        try FileManager.default.createDirectory(atPath: work + "/unpacked", withIntermediateDirectories: true)
        progress("downloading \(wheel.package) \(wheel.version)")
        let path = try await download(wheel, to: work)
        progress("unpacking")
        var limits = Archive.Limits()
        limits.entries = 100_000
        try Archive(path: path, limits: limits).extract(to: work + "/unpacked") { Self.isWanted($0, of: framework) }
        try FileManager.default.moveItem(atPath: work + "/unpacked", toPath: target)
        return (try RuntimeLibrary.find(framework, in: search), false)
    }

    /// Shared libraries and licenses, but not Python code.
    private static func isWanted(_ path: String, of framework: RuntimeName) -> Bool {
        let name = (path as NSString).lastPathComponent
        let isPythonModule = name.contains("pybind11") || name.contains("cpython-")
        // TensorFlow's wheel has many libraries for Python; the C API needs these two.
        let isLibrary =
            framework == .tensorflow
            ? name.hasPrefix("libtensorflow_cc.so") || name.hasPrefix("libtensorflow_framework.so")
            : name.contains(".so") && !isPythonModule
        return isLibrary || path.contains(".dist-info/") && name.uppercased().contains("LICENSE")
            || name == "ThirdPartyNotices.txt" || name == "THIRD_PARTY_NOTICES.txt"
    }

    private func download(_ wheel: Wheel, to folder: String) async throws -> String {
        guard let hash = wheel.sha256[Self.processor] else {
            throw RoostError(.unavailable, "\(wheel.package) \(wheel.version) is not published for \(Self.processor).")
        }
        let requirement = "\(wheel.package)==\(wheel.version) --hash=sha256:\(hash)\n"
        try requirement.write(toFile: folder + "/requirements.txt", atomically: false, encoding: .utf8)
        let arguments = [
            "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
            "--require-hashes", "--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--abi", "none",
            "--platform", "\(wheel.platform)_\(Self.processor)",
            "--requirement", folder + "/requirements.txt", "--dest", folder,
        ]
        let result = try await output(of: try await pythonWithPip(in: folder), arguments)
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        guard result.terminationStatus.isSuccess, let file = files.first(where: { $0.hasSuffix(".whl") }) else {
            let lines = result.standardError.split(separator: "\n").suffix(4).joined(separator: "\n")
            throw RoostError(.unavailable, "pip could not download \(wheel.package) \(wheel.version):\n\(lines)")
        }
        return folder + "/" + file
    }

    /// Returns the configured Python, or one in a virtual environment that it creates: Debian's Python comes without pip.
    func pythonWithPip(in folder: String) async throws -> String {
        guard try await !output(of: python, ["-m", "pip", "--version"]).terminationStatus.isSuccess else {
            return python
        }
        let environment = folder + "/environment"
        guard try await output(of: python, ["-m", "venv", environment]).terminationStatus.isSuccess else {
            throw RoostError(
                .unavailable,
                "\(python) has neither pip nor venv, and runtimes are installed with pip. On Debian and Ubuntu, "
                    + "install python3-venv, or choose another Python with --python."
            )
        }
        return environment + "/bin/python"
    }

    func output(of python: String, _ arguments: [String]) async throws -> ExecutionResult<
        Void, StringOutput<UTF8>, StringOutput<UTF8>
    > {
        do {
            return try await run(
                python.contains("/") ? .path(FilePath(python)) : .name(python),
                arguments: Arguments(arguments),
                output: .string(limit: 1 << 20),
                error: .string(limit: 1 << 20)
            )
        } catch {
            throw RoostError(
                .unavailable,
                "Cannot run \(python) (\(error)). Installing a runtime needs Python with pip."
            )
        }
    }
}

extension RuntimeLibrary.SearchPath {
    fileprivate init(only folder: String) { folders = [folder] }
}
