import Database
package import Definitions
import Foundation

extension Catalog {
    /// Returns objects whose keys begin with `prefix` and come after `after`, sorted by the bytes of their keys.
    package func objects(in bucket: String, prefix: String, after: String, limit: Int) async throws -> [ObjectRecord] {
        try await database.read { connection in
            try Self.objects(bucket, from: prefix, after: after, prefix, limit, connection)
        }
    }

    /// Returns a part of a bucket's objects; `nil` if the bucket does not exist.
    package func listing(
        of bucket: String,
        prefix: String,
        delimiter: String,
        from start: ListingStart,
        limit: Int
    ) async throws -> Listing<ObjectRecord>? {
        try await database.read { connection in
            guard try Self.hasBucket(bucket, connection) else { return nil }
            return try Listing(prefix: prefix, delimiter: delimiter, from: start, limit: limit, key: \.key) {
                try Self.objects(bucket, from: $0, after: $1?.key ?? start.key, prefix, $2, connection)
            }
        }
    }

    private static func objects(
        _ bucket: String,
        from first: String,
        after: String,
        _ prefix: String,
        _ limit: Int,
        _ connection: Connection
    ) throws -> [ObjectRecord] {
        let end = successor(of: prefix)
        // One lower bound only: with two, SQLite uses the index for one of them, and filters by the other.
        let isAfter = !precedes(after, first)
        var arguments: [any SQLValue] = [bucket, isAfter ? after : first]
        if let end { arguments.append(end) }
        return try connection.rows(
            """
            SELECT * FROM object WHERE bucket = ? AND key \(isAfter ? ">" : ">=") ?\(end == nil ? "" : " AND key < ?")
            ORDER BY key LIMIT ?
            """,
            arguments + [limit]
        ).map(ObjectRecord.init)
    }

    /// Returns the common prefix of `key`: up to the first delimiter after `prefix`; `nil` if there is no delimiter.
    static func commonPrefix(of key: String, after prefix: String, _ delimiter: String) -> String? {
        guard !delimiter.isEmpty else { return nil }
        let key = Array(key.utf8)
        let delimiter = Array(delimiter.utf8)
        var start = prefix.utf8.count
        while start + delimiter.count <= key.count {
            if key[start..<start + delimiter.count].elementsEqual(delimiter) {
                return String(decoding: key[..<(start + delimiter.count)], as: UTF8.self)
            }
            start += 1
        }
        return nil
    }

    /// Compares keys by their bytes, which is not the order of Swift strings.
    static func precedes(_ first: String, _ second: String) -> Bool {
        first.utf8.lexicographicallyPrecedes(second.utf8)
    }

    /// Returns the smallest string that sorts after every string with the prefix `prefix`; `nil` if there is none.
    static func successor(of prefix: String) -> String? {
        var scalars = Array(prefix.unicodeScalars)
        while let last = scalars.popLast() {
            // UTF-8 sorts like its scalars. There are none between D7FF and E000.
            guard let next = Unicode.Scalar(last.value == 0xD7FF ? 0xE000 : last.value + 1) else { continue }
            scalars.append(next)
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            return String(text)
        }
        return nil
    }
}
