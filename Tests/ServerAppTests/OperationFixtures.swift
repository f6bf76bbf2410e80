import Access
import DataFolder
import Definitions
import Endpoints
import Logging
import NativeAPI
import Outgoing
import Programs
import S3
import SageMakerRuntime
import Serving
import TestSupport

@testable import ServerApp

/// Calls `body` with the operations of a server whose data folder is empty.
func withOperations(_ body: ([APIOperation]) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let configuration = DataFolder.Configuration(path: folder, programs: ProgramHost(executable: ""))
        let data = try DataFolder(configuration, logger: logger) { _, _, _ in
            throw RoostError(.unavailable, "There are no runtimes here.")
        }
        let routes = Routes(
            folder: data,
            s3: S3Service(buckets: data.buckets, logger: logger),
            logger: logger,
            policy: .open,
            access: .everybody,
            runtime: SageMakerRuntime(serving: data.serving, captures: data.endpoints.captures),
            server: ServerOperations(
                folder: data,
                lifecycle: ServerLifecycle(),
                awsAccess: AWSAccess(certificate: "", verifiesSignatures: false),
                isSafeMode: false,
                version: "1.2.3",
                warnings: []
            ),
            artifactLimit: 1 << 20,
            budget: BodyBudget(limit: 1 << 20),
            apis: PublicAPIs(
                folder: data,
                outgoing: OutgoingClient(allowsPrivateAddresses: false),
                logger: logger
            ),
            isAccessLogged: false
        )
        try await body(routes.operations)
        await data.serving.close()
    }
}
