import Definitions
import Hummingbird
import NIOCore
import NativeAPI
import Platform
import SageMaker

extension ControlRoutes {
    /// Maximum bytes of an algorithm's archive, which is code, not data.
    private static let algorithmLimit = 2 << 30

    func algorithms(_ operation: APIOperation, _ call: Call) async throws -> Response {
        switch operation {
        case .addAlgorithm: return try await addAlgorithm(call)
        case .removeAlgorithm:
            let removed = try await platform.removeAlgorithm(named: call.parameter("algorithm")) { version in
                try await AWSRegistry.sageMaker(folder).hasModel(of: version)
            }
            return try json(removed)
        default: return try json(AlgorithmList(algorithms: try await platform.customAlgorithms()))
        }
    }

    private func addAlgorithm(_ call: Call) async throws -> Response {
        let name = try call.parameter("algorithm")
        let upload = try platform.beginAlgorithm()
        for try await chunk in call.request.body {
            guard upload.byteCount + chunk.readableBytes <= Self.algorithmLimit else {
                throw RoostError(
                    .tooLarge,
                    "The archive is larger than the limit of \(Self.algorithmLimit) bytes.",
                    field: "body"
                )
            }
            try chunk.withUnsafeReadableBytes { try platform.append($0, to: upload) }
        }
        return try json(try await platform.finishAlgorithm(upload, as: name))
    }
}
