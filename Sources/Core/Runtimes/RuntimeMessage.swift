import Foundation

/// What a runtime says of a model, as users may read it: without this machine's paths, the runtime's source files, and the
/// machine's name, which are nobody's business but the server's.
enum RuntimeMessage {
    /// - Parameter names: What stands for a path that is known: the artifact's, a scratch folder's.
    static func told(_ text: String, calling names: [String: String] = [:]) -> String {
        var text = text
        for (path, name) in names.sorted(by: { $0.key.count > $1.key.count }) where !path.isEmpty {
            text = text.replacing(path, with: name)
        }
        // "Op type not registered 'X' in binary running on HOST. …"
        // "Fatal error: com.acme:Magic(-1) is not a registered function/op"
        text.replace(#/Fatal error: (\S+?)\(-?\d+\) is not a registered function\/op/#) { match in
            "the operator \(match.1) is none of ONNX Runtime's, and custom operators are not loaded"
        }
        text.replace(#/ in binary running on \S+\./#, with: " in this runtime.")
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

    /// Names of nodes and tensors begin with a slash, too: a path's first folder is one that is there.
    private static func isOfThisMachine(_ path: Substring) -> Bool {
        let first = path.split(separator: "/").first ?? ""
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: "/" + first, isDirectory: &isFolder) && isFolder.boolValue
    }

    private static func lastComponent(_ path: Substring) -> String { (String(path) as NSString).lastPathComponent }
}
