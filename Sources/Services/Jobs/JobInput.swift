import Archives
package import Catalog
package import Definitions
import Foundation
import ObjectStore
package import Platform

/// Turns stored objects into what a job reads.
package struct JobInput: Sendable {
    let platform: Platform

    package init(platform: Platform) { self.platform = platform }

    /// An object of a channel, and where it goes below the channel's folder.
    package struct Item: Sendable {
        package let object: ObjectRecord
        package let bucket: String
        package let path: String
    }

    /// The objects of a channel, in the order of their keys or of the manifest.
    ///
    /// - Throws: ``JobError`` where there are none, or the manifest is none.
    package func items(of channel: DataChannel) async throws -> [Item] {
        let uri = try ObjectURI(channel.uri, field: "uri")
        let items: [Item] =
            switch channel.selection {
            case .prefix: try await self.items(under: uri)
            case .manifest: try await self.items(ofManifest: uri)
            }
        guard !items.isEmpty else {
            throw JobError.client("there are no objects under \(channel.uri) (channel '\(channel.name)').")
        }
        return items
    }

    private func items(under uri: ObjectURI) async throws -> [Item] {
        try await platform.objects(under: uri).compactMap { object in
            // What a console makes where it shows an empty folder.
            guard !object.key.hasSuffix("/") else { return nil }
            return Item(object: object, bucket: uri.bucket, path: try Self.path(of: object.key, below: uri.key))
        }
    }

    private func items(ofManifest uri: ObjectURI) async throws -> [Item] {
        let refusal = "the manifest \(uri) is none: [{\"prefix\": \"s3://BUCKET/PREFIX\"}, \"KEY\", …] was expected."
        guard let manifest = try await platform.object(at: uri), manifest.byteCount < 64 << 20 else {
            throw JobError.client("there is no manifest \(uri).")
        }
        let path = try await platform.path(of: manifest)
        let data = try await offload { try Data(contentsOf: URL(filePath: path)) }
        guard let entries = try? JSONSerialization.jsonObject(with: data) as? [Any],
            let prefix = (entries.first as? [String: Any])?["prefix"] as? String,
            let keys = Array(entries.dropFirst()) as? [String],
            let base = try? ObjectURI(prefix, field: "prefix")
        else { throw JobError.client(refusal) }
        var items: [Item] = []
        for key in keys {
            // The prefix is put before the key as it is.
            guard let object = try await platform.object(at: ObjectURI(bucket: base.bucket, key: base.key + key)) else {
                throw JobError.client("the manifest \(uri) lists '\(key.prefix(200))', but there is no such object.")
            }
            items.append(Item(object: object, bucket: base.bucket, path: try Self.safe(key, of: object.key)))
        }
        return items
    }

    /// Where the object with this key goes: below the last folder of the prefix, which may end within a name.
    static func path(of key: String, below prefix: String) throws -> String {
        let rest = String(key.unicodeScalars.dropFirst(prefix.unicodeScalars.count))
        if prefix.isEmpty || prefix.hasSuffix("/") || rest.hasPrefix("/") { return try safe(rest, of: key) }
        let start = prefix.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        return try safe(String(start) + rest, of: key)
    }

    /// A key is a client's text: it names a file only where it cannot leave its folder.
    private static func safe(_ path: String, of key: String) throws -> String {
        let parts = path.split(separator: "/")
        guard !parts.isEmpty, parts.allSatisfy({ $0 != "." && $0 != ".." && $0.utf8.count < 256 && !$0.contains("\0") })
        else { throw JobError.client("the object's key '\(key.prefix(200))' cannot be a file's path.") }
        return parts.joined(separator: "/")
    }

    // MARK: Files

    /// Makes a channel's folder, with a file for each object.
    func lay(out channel: DataChannel, in folder: String) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for item in try await items(of: channel) {
            guard channel.isCompressed else {
                try await copy(item, to: "\(folder)/\(item.path)")
                continue
            }
            let path = item.path.hasSuffix(".gz") ? String(item.path.dropLast(3)) : item.path
            let source = try await platform.path(of: item.object)
            do {
                try await offload {
                    try Self.makeParent(of: "\(folder)/\(path)")
                    try Gzip.unpack(source, to: "\(folder)/\(path)")
                }
            } catch let error as ArchiveError where error != .full {
                throw JobError.client("'\(item.object.key)' cannot be unpacked. \(error)")
            }
        }
    }

    /// Copies an object to a file of the job's own: whatever the job does with that, the object stays as it is.
    private func copy(_ item: Item, to target: String) async throws {
        var object = item.object
        for _ in 0..<10 {
            let outcome = try await offload { [object, blobs = platform.blobs] in
                try Self.makeParent(of: target)
                return try blobs.copy(object.blob, byteCount: object.byteCount, to: target)
            }
            switch outcome {
            case .copied: return
            case .taken: throw JobError.client("two objects would be the same file '\(item.path)'.")
            case .gone: break
            }
            // It was replaced meanwhile: the new one is as good.
            guard let newer = try await platform.object(at: ObjectURI(bucket: item.bucket, key: object.key)) else {
                return
            }
            object = newer
        }
        throw JobError.client("the object '\(item.object.key)' changes all the time.")
    }

    /// Copies objects into a folder.
    func copy(under uri: ObjectURI, to folder: String) async throws {
        for item in try await items(under: uri) { try await copy(item, to: "\(folder)/\(item.path)") }
    }

    private static func makeParent(of path: String) throws {
        let parent = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    }
}
