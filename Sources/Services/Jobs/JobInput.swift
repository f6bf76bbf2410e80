import Archives
import Buckets
package import Definitions
import Encodings
import Foundation
package import Platform
import WorkThreads

/// Makes stored objects available as files to a job.
package struct JobInput: Sendable {
    let platform: Platform

    package init(platform: Platform) { self.platform = platform }

    /// An object of a channel, and its path within the channel's folder.
    package struct Item: Sendable {
        package let object: ObjectRecord
        package let bucket: String
        package let path: String
    }

    /// Returns the objects of a channel, in the order of their keys or of the manifest.
    ///
    /// - Throws: ``JobError`` if there are none, or the manifest is invalid.
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
        try await platform.buckets.objects(under: uri).compactMap { object in
            // Consoles create such an object to show an empty folder.
            guard object.key.utf8.last != UInt8(ascii: "/") else { return nil }
            return Item(object: object, bucket: uri.bucket, path: try Self.path(of: object.key, below: uri.key))
        }
    }

    private func items(ofManifest uri: ObjectURI) async throws -> [Item] {
        let refusal = "\(uri) is not a valid manifest. Expected [{\"prefix\": \"s3://BUCKET/PREFIX\"}, \"KEY\", …]."
        guard let manifest = try await platform.buckets.object(at: uri), manifest.byteCount < 64 << 20 else {
            throw JobError.client("the manifest \(uri) does not exist or is too large.")
        }
        let file = try await platform.buckets.localCopy(of: manifest)
        let data = try await offload { try Data(contentsOf: URL(filePath: file.path)) }
        guard let entries = try? JSONSerialization.jsonObject(with: data) as? [Any],
            let prefix = (entries.first as? [String: Any])?["prefix"] as? String,
            let keys = Array(entries.dropFirst()) as? [String],
            let base = try? ObjectURI(prefix, field: "prefix")
        else { throw JobError.client(refusal) }
        var items: [Item] = []
        for key in keys {
            // The prefix and the key are concatenated without a slash.
            guard
                let object = try await platform.buckets.object(at: ObjectURI(bucket: base.bucket, key: base.key + key))
            else {
                throw JobError.client("the manifest \(uri) lists '\(key.prefix(200))', which does not exist.")
            }
            items.append(Item(object: object, bucket: base.bucket, path: try Self.safe(key, of: object.key)))
        }
        return items
    }

    /// Returns the path of the object with this key, relative to the last folder of the prefix, which may end within a name.
    static func path(of key: String, below prefix: String) throws -> String {
        let rest = String(key.unicodeScalars.dropFirst(prefix.unicodeScalars.count))
        let slash = UInt8(ascii: "/")
        if prefix.isEmpty || prefix.utf8.last == slash || rest.utf8.first == slash { return try safe(rest, of: key) }
        return try safe((prefix.pathParts.last ?? "") + rest, of: key)
    }

    /// Returns a path that cannot leave its folder.
    ///
    /// - Throws: ``JobError`` if `path`, which comes from a client, could.
    private static func safe(_ path: String, of key: String) throws -> String {
        let parts = path.pathParts
        guard !parts.isEmpty,
            parts.allSatisfy({ $0 != "." && $0 != ".." && $0.utf8.count < 256 && !$0.utf8.contains(0) })
        else { throw JobError.client("the object's key '\(key.prefix(200))' cannot be used as a file path.") }
        return parts.joined(separator: "/")
    }

    // MARK: Files

    /// Creates a channel's folder with a file for each object.
    ///
    /// - Returns: The digest of what was laid out. Objects that were removed meanwhile do not count.
    @discardableResult
    func lay(out channel: DataChannel, in folder: String) async throws -> DataDigest {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var objects = ObjectDigests()
        for item in try await items(of: channel) {
            guard channel.isCompressed else {
                let path = "\(folder)/\(item.path)"
                try await copy(item, to: path)
                try await objects.add(item.object.key, path)
                continue
            }
            let path = item.path.hasSuffix(".gz") ? String(item.path.dropLast(3)) : item.path
            let source = try await platform.buckets.localCopy(of: item.object)
            do {
                try await offload {
                    try Self.makeParent(of: "\(folder)/\(path)")
                    try Gzip.unpack(source.path, to: "\(folder)/\(path)")
                }
            } catch let error as ArchiveError where error != .full {
                throw JobError.client("'\(item.object.key)' cannot be unpacked. \(error)")
            }
            try await objects.add(item.object.key, source.path)
        }
        return objects.digest(of: channel)
    }

    /// Copies an object to a file, so that the job cannot change the object.
    private func copy(_ item: Item, to target: String) async throws {
        try await offload { try Self.makeParent(of: target) }
        do {
            guard try await platform.buckets.copy(item.object, in: item.bucket, to: target) else {
                throw JobError.client("two objects map to the same file '\(item.path)'.")
            }
        } catch BucketError.objectChanging {
            throw JobError.client("the object '\(item.object.key)' keeps changing while it is copied.")
        }
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
