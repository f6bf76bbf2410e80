import Access
import Analyses
package import DataFolder
import Definitions
import Endpoints
import Events
import Foundation
import Functions
import Hummingbird
import HummingbirdCore
import Jobs
package import Logging
import Loops
import Monitoring
import NIOCore
import NativeAPI
import OpenInference
import S3
import SageMaker
import SageMakerRuntime
import ServiceLifecycle
package import Serving
import Suites
import TimeSeries
import UnixSignals

/// The server, assembled from its parts.
package struct Server: Sendable {
    package struct Configuration: Sendable {
        package var data: DataFolder.Configuration
        package var http = HTTPConfiguration()
        /// Whether requests to AWS's APIs must be signed with one of the server's keys.
        package var verifiesSignatures = false
        /// How long the server keeps serving as not ready before it stops accepting connections.
        package var drainDelay: Duration = .zero
        /// How long running requests may take to finish after that.
        package var drainLimit: Duration = .seconds(30)
        /// Whether the server starts without restoring deployments, endpoints and jobs.
        package var isSafeMode = false
        /// Whether each request that is not an inference is logged.
        package var logsRequests = false

        package init(data: DataFolder.Configuration) { self.data = data }

        /// What the operator should change.
        fileprivate var warnings: [String] {
            guard !http.listensOnlyToThisMachine, !verifiesSignatures else { return [] }
            return [
                "Anyone who can reach this server can do anything: it listens on \(http.host) and does not authenticate "
                    + "requests. Start it with --verify-signatures, or put an authenticating proxy in front of it."
            ]
        }
    }

    /// The release.
    package static let version = "0.3.0"

    private let configuration: Configuration
    private let folder: DataFolder
    private let authority: CertificateAuthority
    private let lifecycle = ServerLifecycle()
    private let logger: Logger

    /// Opens the data folder.
    ///
    /// - Parameter inspect: Loads an artifact in isolation and runs it once; throws ``RoostError``.
    package init(configuration: Configuration, logger: Logger, inspect: @escaping Serving.Inspect) throws {
        self.configuration = configuration
        self.logger = logger
        folder = try DataFolder(configuration.data, logger: logger, inspect: inspect)
        authority = try CertificateAuthority(folder: configuration.data.path + "/authority")
    }

    /// The file to write when the process crashes, so that the next start treats what was being loaded with caution.
    package var crashNote: String { folder.crashNote }

    private var policy: AccessPolicy {
        if configuration.verifiesSignatures { return .signed(folder.keys) }
        return configuration.http.listensOnlyToThisMachine ? .open : .closed
    }

    /// Runs until a signal ends it, or the task is canceled.
    ///
    /// The first SIGTERM or SIGINT drains the server: it reports that it is not ready, then stops accepting connections, and ends
    /// when the running requests finish or their time is up. A second one ends the process at once.
    ///
    /// - Parameter onReady: Called with the port when every deployment has been restored or has failed.
    package func run(onReady: @escaping @Sendable (_ port: Int) -> Void) async throws {
        try await folder.prepare()
        let http = configuration.http
        ConnectionLimit.raiseDescriptorLimit()
        let policy = policy
        let access = policy.isLocalWithoutSignature ? NativeAPIAccess.thisMachine : .everybody
        let runtime = SageMakerRuntime(serving: folder.serving, captures: folder.endpoints.captures)
        let budget = BodyBudget(limit: max(http.bodyMemory, http.bodyLimit))
        let routes = Routes(
            folder: folder,
            s3: S3Service(buckets: folder.buckets, logger: logger),
            logger: logger,
            policy: policy,
            access: access,
            runtime: runtime,
            server: ServerOperations(
                folder: folder,
                lifecycle: lifecycle,
                awsAccess: AWSAccess(
                    certificate: authority.pem,
                    verifiesSignatures: configuration.verifiesSignatures
                ),
                isSafeMode: configuration.isSafeMode,
                version: Self.version,
                warnings: configuration.warnings
            ),
            artifactLimit: http.artifactLimit,
            budget: budget,
            apis: PublicAPIs(
                folder: folder,
                outgoing: configuration.data.outgoing,
                logger: logger
            ),
            isAccessLogged: configuration.logsRequests
        )
        for warning in configuration.warnings { logger.warning("\(warning)") }
        let connections = InferenceChannelHandler.Configuration(
            service: inferences(runtime, access, routes),
            bodyLimit: http.bodyLimit,
            lifecycle: lifecycle,
            requestGuard: RequestGuard(
                listeningName: http.host,
                allowedHosts: http.allowedHosts,
                verifiesSignatures: configuration.verifiesSignatures
            ),
            budget: budget,
            timeLimits: http.timeLimits,
            tunnel: TunnelBuilder(authority: authority)
        )
        let application = Application(
            router: routes.router(),
            server: HTTPServerBuilder { responder in
                ConnectionSetup(responder: responder) { InferenceChannelHandler(connections) }
            },
            configuration: .init(
                address: .hostname(http.host, port: http.port),
                serverName: "roost",
                availableConnectionsDelegate: ConnectionLimit(logger: logger)
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? http.port
                await restore(port: port)
                onReady(port)
            },
            logger: logger
        )
        var groupConfiguration = ServiceGroupConfiguration(services: [application], logger: logger)
        groupConfiguration.maximumGracefulShutdownDuration = configuration.drainLimit
        let group = ServiceGroup(configuration: groupConfiguration)
        let signals = Task { await handleSignals(group) }
        defer { signals.cancel() }
        do {
            try await group.run()
        } catch {
            await folder.close()
            guard let error = error as? IOError else { throw error }
            throw RoostError(
                .unavailable,
                "The server cannot listen on \(http.host), port \(http.port): "
                    + "\(String(cString: strerror(error.errnoCode)))."
            )
        }
        await folder.close()
        logger.info("Server stopped")
    }

    /// The dialects on the fast path.
    private func inferences(
        _ runtime: SageMakerRuntime,
        _ access: NativeAPIAccess,
        _ routes: Routes
    ) -> InferenceService {
        InferenceService(
            serving: folder.serving,
            entries: [
                .init(dialect: OpenInferenceDialect(folder.serving)) { access.admits($1()) },
                .init(dialect: NativeInference(folder.serving)) { access.admits($1()) },
                // The router verifies signatures. Without one, the path may also be that of an object in a bucket `endpoints`.
                .init(dialect: runtime) { [policy] head, _ in policy.isOpen && SageMakerRuntime.isSigned(head) },
            ],
            directCalls: DirectCalls(dispatcher: routes.dispatcher, apis: routes.apiRoutes, policy: policy)
        )
    }

    private func restore(port: Int) async {
        await attempt("Cannot take over the endpoints of an earlier release") {
            try await AWSRegistry.sageMaker(folder).handOverOldEndpoints()
        }
        await attempt("Cannot find the releases") { try await folder.releases.prepare() }
        await attempt("Cannot find the loops") { try await folder.loops.prepare() }
        guard !configuration.isSafeMode else { return await restoreNothing() }
        // First, because programs write to the logs as soon as they start.
        await attempt("Cannot prepare the endpoints' logs") { try await folder.endpoints.prepare() }
        await attempt("Cannot restore the deployments") { try await folder.serving.restore() }
        await attempt("Cannot read the time series") { try await folder.series.restore() }
        await attempt("Cannot restore the endpoints") { try await folder.endpoints.restore() }
        await folder.releases.restore()
        await attempt("Cannot restore the assays") { try await folder.assays.restore() }
        await attempt("Cannot restore the jobs") {
            try await folder.jobs.concurrencyRequests.restore()
            try await folder.jobs.restore()
        }
        await attempt("Cannot restore the analyses") {
            try await folder.analyses.restore()
            try await folder.schedules.restore()
        }
        await attempt("Cannot restore the functions") {
            try await folder.functions.restore(
                serverURL: configuration.http.localURL(port: port),
                signs: configuration.verifiesSignatures
            )
        }
        await attempt("Cannot restore the suites") { try await folder.suites.restore() }
        await folder.loops.restore()
        await attempt("Cannot restore the webhooks") { try await folder.webhooks.restore() }
        folder.events.begin()
        await folder.beginExpiry(logger: logger)
        lifecycle.becomeReady()
    }

    /// Safe mode: everything in the catalog can be inspected and changed, but nothing runs.
    private func restoreNothing() async {
        logger.warning("Safe mode: deployments, endpoints and jobs are not restored")
        await attempt("Cannot list the deployments") { try await folder.serving.restoreNothing() }
        await attempt("Cannot read the time series") { try await folder.series.restore() }
        await attempt("Cannot list the endpoints") { try await folder.endpoints.restoreNothing() }
        await attempt("Cannot list the monitoring schedules") { try await folder.schedules.restoreNothing() }
        await attempt("Cannot restore the quotas") { try await folder.jobs.concurrencyRequests.restore() }
        lifecycle.becomeReady()
    }

    /// Logs a failure, so that the server runs with everything else.
    private func attempt(_ failure: Logger.Message, _ work: () async throws -> Void) async {
        do {
            try await work()
        } catch {
            logger.error(failure, metadata: ["error": "\(error)"])
        }
    }

    private func handleSignals(_ group: ServiceGroup) async {
        var isFirst = true
        for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
            guard isFirst else {
                logger.warning("Second signal: stopping at once", metadata: ["signal": "\(signal)"])
                // Not exit(), which would tear down the runtimes under running models.
                _exit(1)
            }
            isFirst = false
            logger.info("Draining", metadata: ["signal": "\(signal)"])
            lifecycle.drain()
            folder.events.endFollowing()
            let delay = configuration.drainDelay
            Task {
                try? await Task.sleep(for: delay)
                await group.triggerGracefulShutdown()
            }
        }
    }
}
