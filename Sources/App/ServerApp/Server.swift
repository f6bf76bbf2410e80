import Access
import Definitions
import Endpoints
import Foundation
import Hummingbird
import HummingbirdCore
import InferenceLog
import Jobs
package import Logging
import NIOCore
import NativeAPI
package import Platform
import Runtimes
import S3
import SageMaker
import SageMakerRuntime
import ServiceLifecycle
import UnixSignals

/// The server, assembled from its parts.
package struct Server: Sendable {
    package struct Configuration: Sendable {
        package var host = "127.0.0.1"
        package var port = 8080
        /// Host names that the server accepts besides addresses and `localhost`.
        package var allowedHosts: [String] = []
        /// Whether requests to AWS's APIs must be signed with one of the server's access keys.
        package var verifiesSignatures = false
        package var dataFolder: String
        /// The group whose members may read the data folder; `nil` if only its owner may.
        package var dataGroup: String?
        /// Maximum bytes of an inference request's body.
        package var bodyLimit = 64 << 20
        /// Maximum bytes of request bodies in memory, over all connections.
        package var bodyMemory = 1 << 30
        /// How long a connection may stay idle, a request's head may take, and a body may stall.
        package var idleTimeLimit: Duration = .seconds(120)
        package var headTimeLimit: Duration = .seconds(30)
        package var bodyTimeLimit: Duration = .seconds(60)
        /// Maximum bytes of an uploaded artifact.
        package var artifactLimit = 16 << 30
        /// How long the server reports that it is not ready before it stops accepting connections.
        package var drainDelay: Duration = .zero
        /// How long running requests may take to finish after that.
        package var drainLimit: Duration = .seconds(30)
        /// Threads for expensive models; one per core if `nil`.
        package var threadCount: Int?
        /// Requests that may wait for such a thread.
        package var queueCapacity = 1024
        /// How long a request may run.
        package var runTimeLimit: Duration = .seconds(60)
        /// How long a response waits for challengers.
        package var challengerTimeLimit: Duration = .seconds(1)
        /// How long the inference log is kept.
        package var logAge: Duration = .seconds(30 * 24 * 3600)
        /// Maximum bytes of one pipeline's inference log.
        package var logBytes = 4 << 30
        /// Training and transform jobs that run at once.
        package var jobConcurrency = 3
        /// Threads of one job.
        package var jobThreads = 1
        /// Maximum bytes of memory for a job, and for a program that serves a model.
        package var jobMemory = 8 << 30
        /// How long a job may take to end after it is asked to.
        package var jobGrace: Duration = .seconds(120)
        /// The Python that runs users' scripts.
        package var python = "python3"
        /// Whether to start without restoring deployments, endpoints and jobs.
        package var isSafeMode = false

        package init(dataFolder: String) { self.dataFolder = dataFolder }

        fileprivate func jobs(executable: String) -> JobService.Configuration {
            var jobs = JobService.Configuration(executable: executable)
            jobs.concurrency = jobConcurrency
            jobs.threadCount = jobThreads
            jobs.memoryLimit = jobMemory
            jobs.grace = jobGrace
            jobs.python = python
            return jobs
        }

        fileprivate var timeLimits: ConnectionTimeLimits {
            var limits = ConnectionTimeLimits()
            limits.idle = TimeAmount(idleTimeLimit)
            limits.head = TimeAmount(headTimeLimit)
            limits.body = TimeAmount(bodyTimeLimit)
            return limits
        }

        fileprivate var listensToThisMachineAlone: Bool {
            ["localhost", "::1"].contains(host) || host.hasPrefix("127.")
        }

        /// Problems that the operator should fix.
        fileprivate var warnings: [String] {
            guard !listensToThisMachineAlone, !verifiesSignatures else { return [] }
            return [
                "Anyone who can reach this server can do anything: it listens on \(host) and does not authenticate "
                    + "requests. Start it with --verify-signatures, or put an authenticating proxy in front of it."
            ]
        }

        fileprivate func platform(executable: String) -> Platform.Configuration {
            var platform = Platform.Configuration()
            platform.executable = executable
            platform.programMemoryLimit = jobMemory
            platform.python = python
            if let threadCount { platform.threadCount = threadCount }
            platform.queueCapacity = queueCapacity
            platform.runTimeLimit = runTimeLimit
            platform.challengerTimeLimit = challengerTimeLimit
            platform.log.retentionAge = logAge
            platform.log.retentionBytes = logBytes
            return platform
        }
    }

    package static let version = "0.3.0"

    private let configuration: Configuration
    private let lock: DataFolderLock
    private let platform: Platform
    private let jobs: JobService
    private let authority: CertificateAuthority
    private let services: AWSRegistry.Services
    private let endpoints: EndpointService
    private let lifecycle = ServerLifecycle()
    private let logger: Logger

    /// Opens the data folder and locks it against other servers.
    ///
    /// - Parameters:
    ///   - executable: The path of the `roost` binary, for child processes.
    ///   - inspect: Inspects the artifact at a path.
    package init(
        configuration: Configuration,
        executable: String,
        logger: Logger,
        inspect: @escaping Platform.Inspect
    ) throws {
        self.configuration = configuration
        self.logger = logger
        let modes = try DataFolderModes(group: configuration.dataGroup)
        modes.begin()
        lock = try DataFolderLock(folder: configuration.dataFolder)
        let count = try modes.restrict(configuration.dataFolder)
        if count > 1 {
            logger.notice(
                "Data folder restricted to its owner and group",
                metadata: ["folder": "\(configuration.dataFolder)", "count": "\(count)"]
            )
        }
        platform = try Platform(
            folder: configuration.dataFolder,
            configuration: configuration.platform(executable: executable),
            logger: logger,
            inspect: inspect
        )
        authority = try CertificateAuthority(folder: configuration.dataFolder + "/authority")
        jobs = JobService(platform: platform, configuration: configuration.jobs(executable: executable), logger: logger)
        endpoints = EndpointService(platform: platform, logger: logger)
        services = AWSRegistry.Services(platform: platform, jobs: jobs, endpoints: endpoints, logger: logger)
    }

    /// The file to write when the process crashes, so that the next start treats what was being loaded with caution.
    package var crashNote: String { StartMarks.crashNote(in: configuration.dataFolder) }

    private var policy: AccessPolicy {
        if configuration.verifiesSignatures { return .signed(AccessKeys(catalog: platform.catalog)) }
        return configuration.listensToThisMachineAlone ? .open : .closed
    }

    /// Runs until a signal ends it, or the task is canceled.
    ///
    /// The first SIGTERM or SIGINT drains the server: it reports that it is not ready, then stops accepting connections, and ends
    /// when the running requests finish or their time is up. A second one ends the process at once.
    ///
    /// - Parameter onReady: Called with the port when every deployment has been restored or has failed.
    package func run(onReady: @escaping @Sendable (_ port: Int) -> Void) async throws {
        try await platform.removeOrphans()
        try await jobs.prepare()
        ConnectionLimit.raiseDescriptorLimit()
        let policy = policy
        let access = configuration.verifiesSignatures ? OwnAPIAccess.thisMachine : .everybody
        let service = InferenceService(
            platform: platform,
            sageMaker: SageMakerRuntime(platform: platform, captures: endpoints.captures)
        )
        let budget = BodyBudget(limit: max(configuration.bodyMemory, configuration.bodyLimit))
        let routes = ControlRoutes(
            platform: platform,
            services: services,
            s3: S3Service(platform: platform, logger: logger),
            policy: policy,
            access: access,
            awsAccess: AWSAccess(
                certificate: authority.pem,
                verifiesSignatures: configuration.verifiesSignatures
            ),
            inference: service,
            lifecycle: lifecycle,
            isSafeMode: configuration.isSafeMode,
            version: Self.version,
            artifactLimit: configuration.artifactLimit,
            budget: budget,
            warnings: configuration.warnings
        )
        for warning in configuration.warnings { logger.warning("\(warning)") }
        let connections = InferenceChannelHandler.Configuration(
            service: service,
            bodyLimit: configuration.bodyLimit,
            lifecycle: lifecycle,
            requestGuard: RequestGuard(
                listeningName: configuration.host,
                allowedHosts: configuration.allowedHosts,
                verifiesSignatures: configuration.verifiesSignatures
            ),
            budget: budget,
            timeLimits: configuration.timeLimits,
            tunnel: TunnelBuilder(authority: authority),
            takesInvocations: policy.isOpen,
            access: access
        )
        let application = Application(
            router: routes.router(),
            server: HTTPServerBuilder { responder in
                ConnectionSetup(responder: responder) { InferenceChannelHandler(connections, decoder: $0) }
            },
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: "roost",
                availableConnectionsDelegate: ConnectionLimit(logger: logger)
            ),
            onServerRunning: { channel in
                await restore()
                onReady(channel.localAddress?.port ?? configuration.port)
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
            await close()
            guard let error = error as? IOError else { throw error }
            throw RoostError(
                .unavailable,
                "The server cannot listen on \(configuration.host), port \(configuration.port): "
                    + "\(String(cString: strerror(error.errnoCode)))."
            )
        }
        await close()
        logger.info("Server stopped")
    }

    private func close() async {
        await endpoints.close()
        await jobs.close()
        await platform.close()
    }

    private func restore() async {
        await attempt("Cannot take over the endpoints of an earlier release") {
            try await AWSRegistry.sageMaker(services).handOverOldEndpoints()
        }
        guard !configuration.isSafeMode else { return await restoreNothing() }
        // First, because programs write to the logs as soon as they start.
        await attempt("Cannot prepare the endpoints' logs") { try await endpoints.prepare() }
        await attempt("Cannot restore the deployments") { try await platform.restore() }
        await attempt("Cannot restore the endpoints") { try await endpoints.restore() }
        await attempt("Cannot restore the jobs") {
            try await jobs.concurrencyRequests.restore()
            try await jobs.restore()
        }
        lifecycle.becomeReady()
    }

    /// Safe mode: everything in the catalog can be inspected and changed, but nothing runs.
    private func restoreNothing() async {
        logger.warning("Safe mode: deployments, endpoints and jobs are not restored")
        await attempt("Cannot list the deployments") { try await platform.restoreNothing() }
        await attempt("Cannot list the endpoints") { try await endpoints.restoreNothing() }
        await attempt("Cannot restore the quotas") { try await jobs.concurrencyRequests.restore() }
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
            let delay = configuration.drainDelay
            Task {
                try? await Task.sleep(for: delay)
                await group.triggerGracefulShutdown()
            }
        }
    }
}
