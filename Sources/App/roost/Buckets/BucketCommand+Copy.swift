import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

extension BucketCommand {
    struct Copy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cp",
            abstract: "Copy files to a bucket, or objects to files.",
            discussion: """
                One of SOURCE and TARGET is s3://BUCKET/KEY, the other a file or folder on this machine, or - for \
                standard input or output. A target that ends with '/' is a folder.
                """
        )
        @OptionGroup var options: ServerOptions
        @Flag(name: .shortAndLong, help: "Copy all that is in a folder.") var recursive = false
        @Option(help: "Content type of the objects, such as text/csv.") var contentType: String?
        @Argument(help: "What to copy.", completion: .file()) var source: String
        @Argument(help: "Where to copy it.", completion: .file()) var target: String

        func run() async throws {
            try await reportingErrors {
                let client = try options.client
                switch (source.hasPrefix("s3://"), target.hasPrefix("s3://")) {
                case (false, true): try await upload(to: ObjectURI(target, field: "target"), client)
                case (true, false): try await download(from: ObjectURI(source, field: "source"), client)
                default:
                    throw RoostError(
                        .invalidInput,
                        "Exactly one of source and target must be s3://BUCKET/KEY.",
                        field: "target"
                    )
                }
            }
        }

        // MARK: Upload

        private func upload(to place: ObjectURI, _ client: RoostClient) async throws {
            if recursive {
                for file in try LocalFiles.list(source) {
                    try await upload(file.path, to: place.appending(file.name), client)
                }
                return
            }
            if source == "-" {
                guard !place.key.isEmpty, !place.key.hasSuffix("/") else {
                    throw RoostError(.invalidInput, "Standard input needs a key: s3://BUCKET/KEY.", field: "target")
                }
                let object = try await client.uploadObject(
                    place.key,
                    in: place.bucket,
                    from: .standardInput,
                    contentType: contentType
                )
                return print("Copied standard input to \(place) (\(Output.size(object.byteCount)))")
            }
            let name = (source as NSString).lastPathComponent
            let isFolder = place.key.isEmpty || place.key.hasSuffix("/")
            try await upload(source, to: isFolder ? place.appending(name) : place, client)
        }

        private func upload(_ path: String, to place: ObjectURI, _ client: RoostClient) async throws {
            if LocalFiles.isFolder(path) {
                throw RoostError(.invalidInput, "'\(path)' is a folder. Copy it with --recursive.", field: "source")
            }
            let bar = ProgressBar("Copying \(path)")
            defer { bar.end() }
            let object = try await client.uploadObject(
                place.key,
                in: place.bucket,
                path: path,
                contentType: contentType,
                progress: bar.show
            )
            print("Copied \(path) to \(place) (\(Output.size(object.byteCount)))")
        }

        // MARK: Download

        private func download(from place: ObjectURI, _ client: RoostClient) async throws {
            if recursive {
                guard target != "-" else {
                    throw RoostError(.invalidInput, "Several objects need a folder as the target.", field: "target")
                }
                let objects = try await client.allObjects(in: place.bucket, prefix: place.folder).objects
                guard !objects.isEmpty else {
                    throw RoostError(.notFound, "There are no objects in \(place).", field: "source")
                }
                // All keys are checked before anything is written.
                let files = try LocalFiles.paths(of: objects.map(\.key), in: place)
                for (object, path) in zip(objects, files) {
                    guard let path else { continue }
                    try await download(object, of: place.bucket, to: Self.join(target, path), client)
                }
                return
            }
            guard target != "-" else {
                return try await client.readObject(place.key, in: place.bucket, Output.writeRaw)
            }
            guard let object = try await client.object(place.key, in: place.bucket) else {
                let advice = place.key.isEmpty || place.key.hasSuffix("/") ? " Copy a folder with --recursive." : ""
                throw RoostError(.notFound, "There is no object \(place).\(advice)", field: "source")
            }
            var path = target
            if target.hasSuffix("/") || LocalFiles.isFolder(target) {
                let name = object.key.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
                path = Self.join(target, try LocalFiles.path(of: name, key: object.key))
            }
            try await download(object, of: place.bucket, to: path, client)
        }

        private func download(
            _ object: StoredObject,
            of bucket: String,
            to path: String,
            _ client: RoostClient
        ) async throws {
            let folder = (path as NSString).deletingLastPathComponent
            if !folder.isEmpty {
                do {
                    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                } catch {
                    throw RoostError(.invalidInput, "The folder '\(folder)' cannot be made.", field: "target")
                }
            }
            let bar = ProgressBar("Copying \(object.key)")
            defer { bar.end() }
            try await client.downloadObject(object, in: bucket, to: path, progress: bar.show)
            print("Copied s3://\(bucket)/\(object.key) to \(path) (\(Output.size(object.byteCount)))")
        }

        private static func join(_ folder: String, _ path: String) -> String {
            folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
        }
    }
}
