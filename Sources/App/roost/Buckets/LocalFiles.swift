import Definitions
import Foundation

/// Files on this machine that are copied to a bucket, or from one.
enum LocalFiles {
    struct File {
        /// The path below the folder, with slashes.
        let name: String
        let path: String
    }

    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// Whether this is a file, or a link to one. A pipe or a device may never end.
    static func isFile(_ path: String) -> Bool {
        let target = URL(filePath: path).resolvingSymlinksInPath().path
        let attributes = try? FileManager.default.attributesOfItem(atPath: target)
        return attributes?[.type] as? FileAttributeType == .typeRegular
    }

    /// Returns the files in a folder, by name. Links are not followed, and mentioned.
    static func list(_ folder: String) throws(RoostError) -> [File] {
        guard isFolder(folder), let names = FileManager.default.enumerator(atPath: folder) else {
            throw RoostError(.notFound, "There is no readable folder '\(folder)'.", field: "source")
        }
        var files: [File] = []
        for case let name as String in names {
            let path = "\(folder)\(folder.hasSuffix("/") ? "" : "/")\(name)"
            switch names.fileAttributes?[.type] as? FileAttributeType {
            case .typeRegular?: files.append(File(name: name, path: path))
            case .typeDirectory?: continue
            default: Output.note("Skipped '\(path)', which is not a regular file.")
            }
        }
        guard !files.isEmpty else {
            throw RoostError(.notFound, "The folder '\(folder)' contains no files.", field: "source")
        }
        return files.sorted { $0.name < $1.name }
    }

    /// Returns the path of each object below the folder that it is copied to; `nil` for a key that stands for a folder.
    ///
    /// - Throws: ``RoostError`` if a key is not a path within the folder, or if one is a file and another is in it.
    static func paths(of keys: [String], in place: ObjectURI) throws(RoostError) -> [String?] {
        var paths: [String?] = []
        var folders: Set<String> = []
        for key in keys {
            let rest = String(decoding: key.utf8.dropFirst(place.folder.utf8.count), as: UTF8.self)
            if rest.isEmpty || rest.hasSuffix("/") {
                paths.append(nil)
                continue
            }
            let path = try path(of: rest[...], key: key)
            paths.append(path)
            for (index, byte) in zip(path.utf8.indices, path.utf8) where byte == UInt8(ascii: "/") {
                folders.insert(String(path[..<index]))
            }
        }
        for (key, path) in zip(keys, paths) {
            if let path, folders.contains(path) { throw unsafe(key, "other keys have it as a folder") }
        }
        return paths
    }

    /// Returns a part of a key as a path.
    ///
    /// - Throws: ``RoostError`` if it would lead out of its folder, or cannot be the name of a file.
    static func path(of part: Substring, key: String) throws(RoostError) -> String {
        // By bytes, as the file system does: to Swift, a slash with a combining mark is another character.
        for name in part.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard !["", ".", ".."].contains(Substring(name)), !name.contains(0), name.count <= 255 else {
                throw unsafe(key, "it is not a path within a folder")
            }
        }
        return String(part)
    }

    private static func unsafe(_ key: String, _ reason: String) -> RoostError {
        RoostError(
            .invalidInput,
            "The key '\(key)' cannot be the name of a file here: \(reason). Nothing was copied. Copy this object on its own, "
                + "to a file that you name.",
            field: "source"
        )
    }
}
