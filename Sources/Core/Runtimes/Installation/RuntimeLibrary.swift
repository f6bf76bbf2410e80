import Definitions
import Foundation

/// A runtime's library on this machine.
package struct RuntimeLibrary: Sendable, Hashable {
    package let name: RuntimeName
    /// The version in the name of its folder.
    package let version: String
    package let path: String

    /// The folders in which to look for installed runtimes; the first match wins.
    package struct SearchPath: Sendable {
        package let folders: [String]

        /// `ROOST_RUNTIMES`, then the data folder's `runtimes`, then the one in the user's home.
        package init(dataFolder: String?, environment: [String: String] = ProcessInfo.processInfo.environment) {
            var folders: [String] = []
            if let folder = environment["ROOST_RUNTIMES"], !folder.isEmpty { folders.append(folder) }
            if let dataFolder { folders.append(dataFolder + "/runtimes") }
            let home = Self.userFolder(environment) + "/runtimes"
            if !folders.contains(home) { folders.append(home) }
            self.folders = folders
        }

        /// The folder for the user's data: `ROOST_DATA`, or `.roost` in the home folder.
        package static func userFolder(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String
        {
            environment["ROOST_DATA"].flatMap { $0.isEmpty ? nil : $0 }
                ?? (environment["HOME"] ?? NSHomeDirectory()) + "/.roost"
        }
    }

    /// Returns the newest installed library of each framework.
    package static func installed(in search: SearchPath) -> [RuntimeLibrary] {
        RuntimeName.allCases.compactMap { try? find($0, in: search) }
    }

    static func find(_ framework: RuntimeName, in search: SearchPath) throws(RuntimeError) -> RuntimeLibrary {
        for folder in search.folders {
            let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            let versions = entries.filter { $0.hasPrefix(framework.rawValue + "-") }
                .map { String($0.dropFirst(framework.rawValue.count + 1)) }
                .sorted { $0.compare($1, options: .numeric) == .orderedDescending }
            for version in versions {
                let root = "\(folder)/\(framework.rawValue)-\(version)/\(framework.libraryFolder)"
                let files = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted()
                if let file = files.first(where: { $0.hasPrefix(framework.libraryName) }) {
                    return RuntimeLibrary(name: framework, version: version, path: "\(root)/\(file)")
                }
            }
        }
        throw .libraryNotFound(runtime: framework.rawValue, tried: search.folders)
    }
}

extension RuntimeName {
    /// The library's folder in its wheel.
    var libraryFolder: String {
        switch self {
        case .onnx: "onnxruntime/capi"
        case .tensorflow: "tensorflow"
        case .xgboost: "xgboost/lib"
        }
    }

    /// The beginning of the library's file name.
    var libraryName: String {
        switch self {
        case .onnx: "libonnxruntime.so"
        case .tensorflow: "libtensorflow_cc.so"
        case .xgboost: "libxgboost.so"
        }
    }
}
