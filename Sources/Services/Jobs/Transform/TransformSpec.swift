import Definitions
import Foundation
import Programs

/// The specification that the child process of a transform job reads from a file.
struct TransformSpec: Codable {
    struct Object: Codable {
        /// The name in messages: `s3://BUCKET/KEY`.
        var name: String
        /// The path of its bytes.
        var path: String
        /// The path of its output.
        var output: String
    }

    /// The prefix of lines that are meant for the server. It is secret, so that a model's output cannot imitate them.
    var token: String
    var definition: TransformDefinition
    var version: ModelVersion
    /// The user's program that serves the model; `nil` if a runtime does.
    var program: ServingProgram?
    /// The path of the model's artifact.
    var artifact: String
    var dataFolder: String
    /// A folder for unpacked files.
    var scratchFolder: String
    var objects: [Object]
    var threadCount: Int

    static func read(_ path: String) throws -> TransformSpec {
        try JSONDecoder().decode(TransformSpec.self, from: Data(contentsOf: URL(filePath: path)))
    }

    func write(to path: String) throws {
        try JSONEncoder().encode(self).write(to: URL(filePath: path))
    }
}

/// A report of the child process about one object, sent as one line.
struct TransformEvent: Codable, Sendable {
    struct Failure: Codable, Sendable {
        var record: Int?
        var recordCount: Int
        var message: String
        /// Whether the model is at fault and not the records.
        var isOfModel: Bool
    }

    /// The index in ``TransformSpec/objects``; `nil` if the event concerns all of them.
    var object: Int?
    /// Bytes read so far.
    var byteCount = 0
    /// Records transformed so far.
    var recordCount = 0
    /// Whether the output is complete.
    var isDone = false
    var contentType: String?
    var failure: Failure?

    func line(_ token: String) -> String {
        let text = (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return "\(token) \(text)\n"
    }

    /// Parses a line; `nil` if it is not meant for the server.
    init?(line: String, token: String) {
        guard line.hasPrefix(token + " "),
            let event = try? JSONDecoder().decode(TransformEvent.self, from: Data(line.dropFirst(token.count + 1).utf8))
        else { return nil }
        self = event
    }

    init(object: Int?) { self.object = object }
}
