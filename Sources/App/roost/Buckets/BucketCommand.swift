import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

struct BucketCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bucket",
        abstract: "List, copy and remove objects in the server's buckets.",
        subcommands: [List.self, Make.self, Copy.self, Remove.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls",
            abstract: "List the buckets, or the objects of a bucket."
        )
        @OptionGroup var options: ClientOptions
        @Flag(name: .shortAndLong, help: "Also list what is in folders.") var recursive = false
        @Argument(help: "s3://BUCKET or s3://BUCKET/PREFIX. (default: all buckets)") var uri: String?

        func run() async throws {
            try await reportingErrors {
                let client = try options.client
                guard let uri else {
                    let buckets = try await client.buckets()
                    if options.json { return try Output.json(buckets) }
                    return Output.table(["NAME", "CREATED"], buckets.map { [$0.name, Output.time($0.createdAt)] })
                }
                let place = try ObjectURI(uri, field: "uri")
                let all = try await client.allObjects(
                    in: place.bucket,
                    prefix: place.key,
                    delimiter: recursive ? "" : "/"
                )
                if options.json { return try Output.json(all) }
                Output.table(
                    ["KEY", "SIZE", "MODIFIED"],
                    all.prefixes.map { [$0, "-", "-"] }
                        + all.objects.map { [$0.key, Output.size($0.byteCount), Output.time($0.modifiedAt)] }
                )
            }
        }
    }

    struct Make: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "mb",
            abstract: "Make a bucket, unless it exists."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "The bucket: NAME or s3://NAME.") var bucket: String

        func run() async throws {
            try await reportingErrors {
                let name = bucket.hasPrefix("s3://") ? String(bucket.dropFirst(5)) : bucket
                let (made, isNew) = try await options.client.createBucket(name)
                if options.json { return try Output.json(made) }
                print(isNew ? "Created bucket \(made.name)" : "Bucket \(made.name) already exists")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "rm", abstract: "Remove objects.")
        @OptionGroup var options: ServerOptions
        @Flag(name: .shortAndLong, help: "Remove all objects in the folder s3://BUCKET/FOLDER.") var recursive = false
        @OptionGroup var confirmation: ConfirmationOptions
        @Argument(help: "s3://BUCKET/KEY.") var uri: String

        func run() async throws {
            try await reportingErrors {
                let client = try options.client
                let place = try ObjectURI(uri, field: "uri")
                guard recursive else {
                    guard !place.key.isEmpty else {
                        throw RoostError(
                            .invalidInput,
                            "\(place) is a bucket. Expected s3://BUCKET/KEY, or --recursive for all of its objects.",
                            field: "uri"
                        )
                    }
                    _ = try await client.removeObject(place.key, in: place.bucket)
                    return print("Removed \(place)")
                }
                try confirmation.confirm("Remove all objects in \(place)?")
                let objects = try await client.allObjects(in: place.bucket, prefix: place.folder).objects
                for object in objects { _ = try await client.removeObject(object.key, in: place.bucket) }
                print("Removed \(Output.count(objects.count, "object"))")
            }
        }
    }
}

extension ObjectURI {
    /// The prefix of what is in the folder that this URI names, with or without a slash at its end.
    var folder: String { key.isEmpty || key.hasSuffix("/") ? key : key + "/" }
}
