import Archives
import Definitions
import HTTPTypes
import Hummingbird
import NIOCore
import Platform

extension ControlRoutes {
    func upload(_ call: Call) async throws -> Response {
        let framework = try call.query("framework").map { name in
            guard let framework = Framework(rawValue: name) else {
                let known = Framework.allCases.map(\.rawValue).joined(separator: ", ")
                throw RoostError(
                    .invalidInput,
                    "Unknown framework '\(name.prefix(40))'. Expected one of: \(known).",
                    field: "framework"
                )
            }
            return framework
        }
        let trees = try call.query("trees").map { name in
            guard let trees = TreeSelection(rawValue: name) else {
                throw RoostError(
                    .invalidInput,
                    "'trees' must be 'all' or 'best', not '\(name.prefix(40))'.",
                    field: "trees"
                )
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
        func append(_ bytes: UnsafeRawBufferPointer) throws {
            guard bytes.count <= artifactLimit - upload.byteCount else { throw tooLarge }
            try platform.append(bytes, to: upload)
        }
        switch ContentCoding.announced(by: call.request.headers[.contentEncoding]) {
        case .unsupported(let name): throw RoostError.unsupportedCoding(name)
        case .none:
            for try await chunk in call.request.body { try chunk.withUnsafeReadableBytes(append) }
        case .coding(let coding):
            let inflater = Inflater(coding, limit: artifactLimit)
            do {
                for try await chunk in call.request.body {
                    try chunk.withUnsafeReadableBytes { try inflater.push($0, append) }
                }
                try inflater.finish()
            } catch let error as ContentCodingError {
                throw error == .damaged ? RoostError.damagedBody(coding) : tooLarge
            }
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
