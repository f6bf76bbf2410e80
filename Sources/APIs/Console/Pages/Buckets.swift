import Definitions
import Foundation
import NativeAPI
import Words

/// Buckets and the objects in them.
struct BucketPages: PageGroup {
    let api: ConsoleAPI

    var pages: [Page] {
        Page("/console/buckets") { try await list($0) }
        Page("/console/buckets/{bucket}") { try await bucket($0) }
    }

    var actions: [Action] {
        Action("/console/buckets/{bucket}/empty", question: askToEmpty, act: empty)
        Action("/console/buckets/{bucket}/delete", whyNot: obstacle, question: askToDelete, act: delete)
    }

    // MARK: List

    private struct Row: Sendable {
        var name: String
        var href: String
        var made: Moment
    }

    private struct ListView: Sendable {
        var rows: [Row]
        var isEmpty: Bool
        var pager: Pager
    }

    private func list(_ request: PageRequest) async throws -> PageContent {
        let query = ["limit": String(Pager.limit), "offset": String(request.offset)]
        let found = try await api.get("/v1/buckets", query, as: BucketList.self)
        var content = PageContent(
            template: "buckets",
            title: "Buckets",
            place: .buckets,
            body: ListView(
                rows: found.buckets.map { bucket in
                    Row(name: bucket.name, href: Links.page("buckets", bucket.name), made: Moment(bucket.createdAt))
                },
                isEmpty: found.buckets.isEmpty,
                pager: try Pager(request, shown: found.buckets.count, total: found.total)
            )
        )
        content.summary = "Data, models and predictions. Programs reach them through the S3 API."
        content.code = [
            CodeLine(
                curl: "curl -s " + Quoted.url("/v1/buckets", request.page),
                python: "client.buckets.list()",
                roost: "roost bucket ls"
            )
        ]
        return content
    }

    // MARK: One bucket

    private struct ObjectRow: Sendable {
        var key: String
        var href: String
        var size: String
        var tag: String
        var changed: Moment
    }

    private struct BucketView: Sendable {
        var prefix: String
        var folders: [Link]
        var objects: [ObjectRow]
        var isEmpty: Bool
        var isFiltered: Bool
        var all: String
        /// The path of the first page; empty on it.
        var first: String
        /// The path of the next page; empty on the last one.
        var more: String
        var isPaged: Bool
    }

    private func objects(_ bucket: String, _ query: [String: String]) async throws -> ObjectList {
        try await api.get("/v1/buckets/\(ConsoleAPI.escaped(bucket))/objects", query)
    }

    private func bucket(_ request: PageRequest) async throws -> PageContent {
        let name = request.parameter("bucket")
        let (prefix, after) = (request.query("prefix"), request.query("after"))
        let found = try await objects(
            name,
            ["prefix": prefix, "after": after, "delimiter": "/", "limit": String(Pager.limit)]
        )
        let path = "/v1/buckets/\(ConsoleAPI.escaped(name))/object"
        let view = BucketView(
            prefix: prefix,
            folders: found.prefixes.map { Link(text: $0, href: Links.page("buckets", name, query: ["prefix": $0])) },
            objects: found.objects.map { object in
                ObjectRow(
                    key: object.key,
                    href: "\(path)?key=\(ConsoleAPI.escaped(object.key))",
                    size: Numbers.bytes(object.byteCount),
                    tag: String(object.etag.prefix(8)),
                    changed: Moment(object.modifiedAt)
                )
            },
            isEmpty: found.objects.isEmpty && found.prefixes.isEmpty,
            isFiltered: !prefix.isEmpty || !after.isEmpty,
            all: Links.page("buckets", name),
            first: after.isEmpty ? "" : Links.page("buckets", name, query: ["prefix": prefix]),
            more: found.next.map { Links.page("buckets", name, query: ["prefix": prefix, "after": $0]) } ?? "",
            isPaged: found.next != nil || !after.isEmpty
        )
        var content = PageContent(template: "bucket", title: name, place: .buckets, body: view)
        content.trail = Self.trail(name, prefix)
        if !prefix.isEmpty { content.title = Self.folder(prefix) }
        content.summary =
            prefix.isEmpty
            ? "Objects and folders, by key." : "Objects and folders of \(name) whose keys begin with \(prefix)."
        if !view.isEmpty || !after.isEmpty {
            let href = Links.page("buckets", name, "empty", query: ["prefix": prefix])
            content.buttons = [Button(text: "Empty…", href: href, isDangerous: true)]
            content.whyNot = prefix.isEmpty ? "Can be deleted when it is empty." : ""
        } else if prefix.isEmpty {
            content.buttons = [
                Button(text: "Delete…", href: Links.page("buckets", name, "delete"), isDangerous: true)
            ]
        }
        let query = [("prefix", prefix), ("after", after), ("delimiter", "/"), ("limit", String(Pager.limit))]
        content.code = [
            CodeLine(
                curl: "curl -s " + Quoted.url("/v1/buckets/\(name)/objects", query),
                python: "client.buckets.objects(\(Quoted.json("s3://\(name)/\(prefix)")))",
                roost: "roost bucket ls \(Quoted.shell("s3://\(name)/\(prefix)"))"
            )
        ]
        return content
    }

    /// The last part of a prefix.
    private static func folder(_ prefix: String) -> String {
        prefix.split(separator: "/").last.map(String.init) ?? prefix
    }

    /// The list of buckets, the bucket and the folders above a prefix.
    private static func trail(_ bucket: String, _ prefix: String) -> [Link] {
        var trail = [Link(text: "Buckets", href: Links.page("buckets"))]
        guard !prefix.isEmpty else { return trail }
        trail.append(Link(text: bucket, href: Links.page("buckets", bucket)))
        var path = ""
        // A key has at most 1,024 bytes.
        for part in prefix.split(separator: "/").dropLast().prefix(16) {
            path += part + "/"
            trail.append(Link(text: String(part), href: Links.page("buckets", bucket, query: ["prefix": path])))
        }
        return trail
    }

    // MARK: Actions

    private func above(_ name: String) -> [Link] {
        [Link(text: "Buckets", href: Links.page("buckets")), Link(text: name, href: Links.page("buckets", name))]
    }

    /// How many objects begin with a prefix, in words.
    private func countWords(_ name: String, _ prefix: String) async throws -> String {
        let found = try await objects(name, ["prefix": prefix, "limit": "1000"])
        let count = found.objects.count
        return (found.next == nil ? "" : "more than ") + Numbers.count(count, "object")
    }

    private func chosenPrefix(_ request: PageRequest) -> String {
        request.request.method == .post ? request.field("prefix") : request.query("prefix")
    }

    private func askToEmpty(_ request: PageRequest) async throws -> Question {
        let name = request.parameter("bucket")
        let prefix = chosenPrefix(request)
        let count = try await countWords(name, prefix)
        let folder = prefix.isEmpty ? "" : " whose keys begin with \(prefix)"
        let query = prefix.isEmpty ? "" : "?prefix=\(ConsoleAPI.escaped(prefix))"
        let uri = "s3://\(name)/\(prefix)"
        return Question(
            title: prefix.isEmpty ? "Empty \(name)?" : "Remove \(prefix) from \(name)?",
            text: "It removes \(count)\(folder). This cannot be undone. Jobs that read them will fail.",
            button: prefix.isEmpty ? "Empty \(name)" : "Remove \(prefix)",
            isDangerous: true,
            nameToType: name,
            fields: [Question.Field(name: "prefix", label: "Prefix", kind: .hidden, value: prefix)],
            place: .buckets,
            trail: prefix.isEmpty
                ? above(name)
                : Self.trail(name, prefix)
                    + [Link(text: Self.folder(prefix), href: Links.page("buckets", name, query: ["prefix": prefix]))],
            code: [
                CodeLine(
                    curl: "curl -s -X DELETE \"$ROOST_URL/v1/buckets/\(name)/objects\(query)\"",
                    python: "for each in client.buckets.objects(\(Quoted.json(uri))): "
                        + "client.buckets.remove(f\"s3://\(name)/{each['key']}\")",
                    // The command takes folders only.
                    roost: prefix.isEmpty || prefix.hasSuffix("/")
                        ? "roost bucket rm --recursive \(Quoted.shell(uri))" : ""
                )
            ]
        )
    }

    private func empty(_ request: PageRequest) async throws -> String {
        let name = request.parameter("bucket")
        try await api.perform(
            .delete,
            "/v1/buckets/\(ConsoleAPI.escaped(name))/objects",
            query: ["prefix": chosenPrefix(request)]
        )
        return Links.page("buckets", name)
    }

    private func obstacle(_ request: PageRequest) async throws -> String? {
        try await api.obstacle(toDeletingBucket: request.parameter("bucket"))
    }

    private func askToDelete(_ request: PageRequest) async throws -> Question {
        let name = request.parameter("bucket")
        // It must exist.
        _ = try await objects(name, ["limit": "1"])
        return Question(
            title: "Delete bucket \(name)?",
            text: "It has no objects. Its settings, such as its policy, are deleted too.",
            button: "Delete \(name)",
            isDangerous: true,
            place: .buckets,
            trail: above(name),
            code: [
                CodeLine(
                    curl: "curl -s -X DELETE $ROOST_URL/v1/buckets/\(name)",
                    python:
                        "\(Quoted.boto3("s3")).delete_bucket(Bucket=\(Quoted.json(name)))",
                    roost: ""
                )
            ]
        )
    }

    private func delete(_ request: PageRequest) async throws -> String {
        let name = request.parameter("bucket")
        try await api.perform(.delete, "/v1/buckets/\(ConsoleAPI.escaped(name))")
        return Links.page("buckets")
    }
}
