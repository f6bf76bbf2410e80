import Archives
import Buckets
import Catalog
import DataFolder
import Definitions
import Foundation
import Logging
import Platform
import Programs
import Runtimes
import Synchronization
import Tensors
import TestSupport

@testable import Endpoints

/// The time of records, which only a test moves.
final class WallClock: Sendable {
    private let time = Mutex(Date(timeIntervalSince1970: 1_700_000_000))

    var now: Date { time.withLock { $0 } }

    func advance(by seconds: TimeInterval) { time.withLock { $0 += seconds } }
}

/// Calls `body` with a service of its own data folder, which has the bucket `b` and the models `old` and `new`.
func withEndpoints(
    _ clock: ManualClock,
    _ wall: WallClock = WallClock(),
    _ body: (EndpointService) async throws -> Void
) async throws {
    try await withTemporaryFolder { folder in
        let configuration = DataFolder.Configuration(path: folder + "/data", programs: ProgramHost(executable: ""))
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let data = try DataFolder(configuration, logger: logger) { _, _, _ in
            InspectedModel(
                signature: Signature(
                    inputs: [TensorSpec(name: "features", dataType: .fp32, shape: [-1, 1])],
                    outputs: ["closest_cluster", "distance_to_cluster"].map {
                        TensorSpec(name: $0, dataType: .fp32, shape: [-1])
                    }
                )
            )
        }
        _ = try await data.buckets.addBucket("b", region: "us-east-1", at: wall.now)
        try FileManager.default.createDirectory(atPath: folder + "/model", withIntermediateDirectories: true)
        let parameters = Data(#"{"feature_dim": 1, "centers": [0, 1]}"#.utf8)
        try parameters.write(to: URL(filePath: folder + "/model/model.json"))
        _ = try TarGzip.pack(UntrustedFolder(folder + "/model"), to: folder + "/model.tar.gz")
        let artifact = try Data(contentsOf: URL(filePath: folder + "/model.tar.gz"))
        for name in ["old", "new"] {
            let upload = try await data.platform.beginUpload(of: name, to: Workspace.defaultName)
            try artifact.withUnsafeBytes { try data.platform.append($0, to: upload) }
            _ = try await data.platform.finish(upload, as: name, in: Workspace.defaultName, framework: .kmeans)
        }
        let service = EndpointService(
            dataFolder: folder + "/data",
            catalog: try Catalog(path: folder + "/data/roost.sqlite"),
            platform: data.platform,
            logger: logger,
            clock: clock,
            now: { wall.now }
        )
        try await body(service)
        await service.close()
        await data.close()
    }
}
