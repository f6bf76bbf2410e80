import Definitions
import Foundation
import Runtimes

/// What the child process of a transform job is told, in a file.
struct TransformSpec: Codable {
    struct Object: Codable {
        /// What people call it: `s3://BUCKET/KEY`.
        var name: String
        /// Where its bytes are.
        var path: String
        /// Where its output goes.
        var output: String
    }

    /// What the lines begin with that are for the server; a model that prints cannot know it.
    var token: String
    var definition: TransformDefinition
    var version: ModelVersion
    /// What serves the model, where that is a user's program.
    var program: ServingProgram?
    /// Where the model's artifact is.
    var artifact: String
    var dataFolder: String
    /// A folder for what is unpacked.
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

/// What the child process says of one object, a line each.
struct TransformEvent: Codable, Sendable {
    struct Failure: Codable, Sendable {
        var record: Int?
        var recordCount: Int
        var message: String
        /// The model broke: it is not the records.
        var isOfModel: Bool
    }

    /// Its place in ``TransformSpec/objects``; `nil` where it is about all of them.
    var object: Int?
    /// Bytes that were read so far.
    var byteCount = 0
    /// Records that were answered so far.
    var recordCount = 0
    /// Whether the output is there, whole.
    var isDone = false
    var contentType: String?
    var failure: Failure?

    func line(_ token: String) -> String {
        let text = (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return "\(token) \(text)\n"
    }

    /// - Returns: `nil` for a line that is not for the server.
    init?(line: String, token: String) {
        guard line.hasPrefix(token + " "),
            let event = try? JSONDecoder().decode(TransformEvent.self, from: Data(line.dropFirst(token.count + 1).utf8))
        else { return nil }
        self = event
    }

    init(object: Int?) { self.object = object }
}
