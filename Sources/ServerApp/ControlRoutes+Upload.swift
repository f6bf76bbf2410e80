import Definitions
import HTTPTypes
import Hummingbird
import NIOCore
import ObjectStore
import Platform

extension ControlRoutes {
    func upload(_ call: Call) async throws -> Response {
        let framework = try call.query("framework").map { name in
            guard let framework = Framework(rawValue: name) else {
                let known = Framework.allCases.map(\.rawValue).joined(separator: ", ")
                throw RoostError(
                    .invalidInput,
                    "'\(name.prefix(40))' is no framework; known are \(known).",
                    field: "framework"
                )
            }
            return framework
        }
        let trees = try call.query("trees").map { name in
            guard let trees = TreeSelection(rawValue: name) else {
                throw RoostError(.invalidInput, "trees is 'all' or 'best', not '\(name.prefix(40))'.", field: "trees")
            }
            return trees
        }
        let tooLarge = RoostError(
            .tooLarge,
            "The artifact is larger than the limit of \(artifactLimit) bytes.",
            field: "body"
        )
        if let length = call.request.headers[.contentLength].flatMap({ Int($0) }), length > artifactLimit {
            throw tooLarge
        }
        let name = try call.parameter("model")
        let upload = try await platform.beginUpload(of: name, to: call.workspace)
        for try await chunk in call.request.body {
            guard upload.byteCount + chunk.readableBytes <= artifactLimit else { throw tooLarge }
            try chunk.withUnsafeReadableBytes { try platform.append($0, to: upload) }
        }
        let version = try await platform.finish(
            upload,
            as: name,
            in: call.workspace,
            framework: framework,
            algorithm: call.query("algorithm"),
            trees: trees
        )
        return try json(version, status: .created)
    }
}
