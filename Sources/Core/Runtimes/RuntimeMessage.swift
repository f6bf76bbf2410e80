import Foundation

/// Cleans a runtime's message about a model for users: removes this machine's paths and name and the runtime's source files,
/// which must not leave the server.
enum RuntimeMessage {
    /// - Parameter names: Replacements for known paths, such as the artifact's or a scratch folder's.
    static func told(_ text: String, calling names: [String: String] = [:]) -> String {
        var text = text
        for (path, name) in names.sorted(by: { $0.key.count > $1.key.count }) where !path.isEmpty {
            text = text.replacing(path, with: name)
        }
        // "Op type not registered 'X' in binary running on HOST. …"
        // "Fatal error: com.acme:Magic(-1) is not a registered function/op"
        text.replace(#/Fatal error: (\S+?)\(-?\d+\) is not a registered function\/op/#) { match in
            "the operator \(match.1) is not part of ONNX Runtime, and custom operators are not loaded"
        }
        text.replace(#/ in binary running on \S+\./#, with: " in this runtime.")
        text.replace("std::bad_alloc", with: "Failed to allocate memory.")
        // "/src/core/graph/model.cc:179 onnxruntime::Model::Model(…) Unsupported …", "tensor_shape.cc:201] Check failed: …",
        // "[12:00:00] /src/tree.cc:7: Check failed: …"
        text.replace(#/\[\d\d:\d\d:\d\d\] /#, with: "")
        text.replace(#/^[FEW]\d{4} \S+ +\d+ /#, with: "")
        text.replace(
            #/[^\s:]*\.(cc|h|cpp|hpp|cu|cuh|c):\d+\]?:? ?([\w:~<>*&, ]*onnxruntime::[^()]*\([^()]*\)( const)?( \[with [^\]]*\])? )?/#
        ) { _ in "" }
        text.replace(#/(^|[\s'"(=\[])(\/[^\s'":,;()\]]+)/#) { match in
            "\(match.1)" + (isOfThisMachine(match.2) ? lastComponent(match.2) : String(match.2))
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Names of nodes and tensors also begin with a slash; only the first folder of a path exists.
    private static func isOfThisMachine(_ path: Substring) -> Bool {
        let first = path.split(separator: "/").first ?? ""
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: "/" + first, isDirectory: &isFolder) && isFolder.boolValue
    }

    private static func lastComponent(_ path: Substring) -> String { (String(path) as NSString).lastPathComponent }
}
