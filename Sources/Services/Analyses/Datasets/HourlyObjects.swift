import Buckets
import Definitions
import Encodings
import Foundation

/// Finds objects below `PREFIX/yyyy/mm/dd/hh/`, by the hours of their keys.
struct HourlyObjects {
    let buckets: BucketService

    /// Returns the objects of the hours from that of `start` to that of `end`, in the order of their keys.
    func objects(under uri: ObjectURI, from start: Date, to end: Date) async throws -> [ObjectRecord] {
        let prefix = uri.appending("").key
        let last = Self.path(of: end)
        var found: [ObjectRecord] = []
        var position = ListingStart.after(prefix + Self.path(of: start))
        while true {
            let page = try await page(of: uri.bucket, prefix, delimiter: "", from: position)
            for case .item(let object) in page.entries {
                let hour = object.key.utf8.dropFirst(prefix.utf8.count).prefix(last.utf8.count)
                if last.utf8.lexicographicallyPrecedes(hour) { return found }
                if !object.key.hasSuffix("/") { found.append(object) }
            }
            guard page.isTruncated, case .item(let object)? = page.entries.last else { return found }
            position = .after(object.key)
        }
    }

    /// Returns the folders below a prefix.
    func folders(under uri: ObjectURI) async throws -> [ObjectURI] {
        let prefix = uri.appending("").key
        var found: [ObjectURI] = []
        var position = ListingStart.beginning
        while true {
            let page = try await page(of: uri.bucket, prefix, delimiter: "/", from: position)
            for case .prefix(let folder) in page.entries { found.append(ObjectURI(bucket: uri.bucket, key: folder)) }
            guard page.isTruncated, let last = page.entries.last else { return found }
            position =
                switch last {
                case .item(let object): .after(object.key)
                case .prefix(let folder): .afterPrefix(folder)
                }
        }
    }

    private func page(
        of bucket: String,
        _ prefix: String,
        delimiter: String,
        from position: ListingStart
    ) async throws -> Listing<ObjectRecord> {
        let page = try await buckets.listing(
            of: bucket,
            prefix: prefix,
            delimiter: delimiter,
            from: position,
            limit: 1000
        )
        guard let page else { throw RoostError(.notFound, "There is no bucket '\(bucket)'.", field: "bucket") }
        return page
    }

    /// The part of a key that states the hour: `2021/02/08/10`.
    static func path(of time: Date) -> String {
        let text = RFC3339.string(seconds: Int64(saturating: time.clamped.timeIntervalSince1970))
        return String(text.prefix(13).map { $0 == "-" || $0 == "T" ? "/" : $0 })
    }
}
