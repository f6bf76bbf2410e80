import Definitions
import Foundation
import TestSupport
import Testing

@testable import Runtimes

@Suite("Finding runtimes")
struct RuntimeLibraryTests {
    private func place(_ name: String, _ library: String, in folder: String) throws {
        let path = "\(folder)/\(name)/\(library)"
        let parent = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try "not a library".write(toFile: path, atomically: false, encoding: .utf8)
    }

    private func search(_ folder: String) -> RuntimeLibrary.SearchPath {
        RuntimeLibrary.SearchPath(dataFolder: nil, environment: ["ROOST_DATA": folder])
    }

    @Test("ROOST_RUNTIMES comes first, then the data folder, then the user's folder")
    func order() {
        func folders(_ data: String?, _ environment: [String: String]) -> [String] {
            RuntimeLibrary.SearchPath(dataFolder: data, environment: environment).folders
        }
        #expect(
            folders("/data", ["ROOST_RUNTIMES": "/rt", "HOME": "/home/a"])
                == ["/rt", "/data/runtimes", "/home/a/.roost/runtimes"]
        )
        #expect(folders(nil, ["HOME": "/home/a"]) == ["/home/a/.roost/runtimes"])
        #expect(folders("/data", ["ROOST_RUNTIMES": "", "ROOST_DATA": "/data"]) == ["/data/runtimes"])
        #expect(folders("/data", ["ROOST_DATA": "/user", "HOME": "/home/a"]) == ["/data/runtimes", "/user/runtimes"])
        #expect(folders(nil, ["ROOST_DATA": "", "HOME": "/home/a"]) == ["/home/a/.roost/runtimes"])
    }

    @Test("the newest version in a folder is used, and 1.10 is newer than 1.9")
    func newest() throws {
        try withTemporaryFolder { folder in
            let runtimes = folder + "/runtimes"
            for version in ["1.9.0", "1.10.0", "1.2.0"] {
                try place("onnx-\(version)", "onnxruntime/capi/libonnxruntime.so.\(version)", in: runtimes)
            }
            try place("xgboost-9", "xgboost/lib/libxgboost.so", in: runtimes)
            // Newer, but without its library.
            try place("onnx-2.0.0", "onnxruntime/capi/notes.txt", in: runtimes)
            let found = try RuntimeLibrary.find(.onnx, in: search(folder))
            #expect(found.version == "1.10.0")
            #expect(found.path.hasSuffix("onnx-1.10.0/onnxruntime/capi/libonnxruntime.so.1.10.0"))
            #expect(RuntimeLibrary.installed(in: search(folder)).map(\.name) == [.onnx, .xgboost])
        }
    }

    @Test("the first folder wins, whatever the versions")
    func firstFolder() throws {
        try withTemporaryFolder { folder in
            try place("xgboost-1.0", "xgboost/lib/libxgboost.so", in: folder + "/first")
            try place("xgboost-2.0", "xgboost/lib/libxgboost.so", in: folder + "/runtimes")
            let environment = ["ROOST_RUNTIMES": folder + "/first", "ROOST_DATA": folder]
            let search = RuntimeLibrary.SearchPath(dataFolder: nil, environment: environment)
            #expect(try RuntimeLibrary.find(.xgboost, in: search).version == "1.0")
        }
    }

    @Test("the error for a missing runtime says how to install it", arguments: RuntimeName.allCases)
    func notFound(framework: RuntimeName) throws {
        try withTemporaryFolder { folder in
            let error = RuntimeError.libraryNotFound(runtime: framework.rawValue, tried: [folder + "/runtimes"])
            #expect(throws: error) { try RuntimeLibrary.find(framework, in: search(folder)) }
            #expect(error.description.contains("roost runtimes install \(framework.rawValue)"))
            #expect(!error.description.contains(folder))
            #expect(RuntimeLibrary.installed(in: search(folder)).isEmpty)
        }
    }

    @Test("a file that is not a library counts as installed but cannot be loaded")
    func unusable() throws {
        try withTemporaryFolder { folder in
            try place("onnx-1", "onnxruntime/capi/libonnxruntime.so.1", in: folder + "/runtimes")
            let loader = ModelLoader(search: search(folder), scratchFolder: folder)
            let error = try #require(throws: RuntimeError.self) { try loader.load(.onnx, path: folder + "/model") }
            guard case .libraryUnusable("onnx", let path, _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(path.hasSuffix("libonnxruntime.so.1"))
            #expect(loader.loadedVersion(of: .onnx) == nil)
        }
    }

    @Test("a library that lacks a required function gives its own error")
    func symbolMissing() throws {
        let library = try SharedLibrary(runtime: "onnx", path: "libc.so.6")
        #expect(throws: RuntimeError.symbolMissing(runtime: "onnx", path: "libc.so.6", symbol: "OrtNothing")) {
            try library.function("OrtNothing", as: (@convention(c) () -> Void).self)
        }
    }
}

@Suite("Frameworks by an artifact's first bytes")
struct FrameworkDetectionTests {
    @Test(
        "the first bytes identify the framework",
        arguments: [
            ([0x50, 0x4B, 0x03, 0x04], .tensorflow), ([0x50, 0x4B], .tensorflow), ([0x1F, 0x8B, 0x08], .xgboost),
            (Array("{\"learner\"".utf8), .xgboost), (Array("{L".utf8), .xgboost), ([0x08, 0x09, 0x12], .onnx),
            ([], .onnx),
            ([0x50], .onnx), ([0x1F], .onnx), (Array(" {".utf8), .onnx),
        ] as [([UInt8], Framework)]
    )
    func detection(head: [UInt8], framework: Framework) {
        #expect(Framework(artifactBeginningWith: head) == framework)
    }

    @Test("every example model is identified by its first bytes")
    func examples() throws {
        let frameworks: [String: Framework] = [
            "onnx": .onnx, "zip": .tensorflow, "json": .xgboost, "ubj": .xgboost, "gz": .xgboost,
        ]
        for name in try FileManager.default.contentsOfDirectory(atPath: Example.folder + "/models") {
            let data = try #require(FileManager.default.contents(atPath: Example.path(name)))
            let framework = frameworks[(name as NSString).pathExtension]
            #expect(Framework(artifactBeginningWith: data.prefix(16)) == framework, "\(name)")
        }
    }
}
