import Definitions
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
import SageMaker
import ServiceLifecycle
import UnixSignals

/// The server: everything put together.
package struct Server: Sendable {
    package struct Configuration: Sendable {
        package var host = "127.0.0.1"
        package var port = 8080
        /// Names of the host, besides addresses and `localhost`, under which the server answers.
        package var allowedHosts: [String] = []
        /// Whether requests to AWS's APIs must be signed with a key of the server.
        package var verifiesSignatures = false
        package var dataFolder: String
        /// The group whose members may read the data folder; `nil` for its owner alone.
        package var dataGroup: String?
        /// Bytes of an inference request's body.
        package var bodyLimit = 64 << 20
        /// Bytes of request bodies in memory, over all connections.
        package var bodyMemory = 1 << 30
        /// How long a connection may be idle, a head may take, and a body may stand still.
        package var idleTimeLimit: Duration = .seconds(120)
        package var headTimeLimit: Duration = .seconds(30)
        package var bodyTimeLimit: Duration = .seconds(60)
        /// Bytes of an uploaded artifact.
        package var artifactLimit = 16 << 30
        /// How long the server goes on answering as not ready before it stops accepting.
        package var drainDelay: Duration = .zero
        /// How long running requests may take to finish after that.
        package var drainLimit: Duration = .seconds(30)
        /// Threads for costly models; one a core where it is `nil`.
        package var threadCount: Int?
        /// Requests that may wait for such a thread.
        package var queueCapacity = 1024
        /// How long a request may run.
        package var runTimeLimit: Duration = .seconds(60)
        /// How long an answer waits for the challengers of a shadow deploy.
        package var challengerTimeLimit: Duration = .seconds(1)
        /// How long the inference log is kept.
        package var logAge: Duration = .seconds(30 * 24 * 3600)
        /// What the inference log of one pipeline may have.
        package var logBytes = 4 << 30
        /// Training and transform jobs that run at once.
        package var jobConcurrency = 3
        /// Threads of one job.
        package var jobThreads = 1
        /// Bytes of memory that one job may have, and a program that serves a model.
        package var jobMemory = 8 << 30
        /// How long a job that is asked to end may take.
        package var jobGrace: Duration = .seconds(120)
        /// The Python that runs users' scripts.
        package var python = "python3"
        /// Takes up nothing when it starts: no deployment, endpoint or job.
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

        /// What the operator should change.
        fileprivate var warnings: [String] {
            guard !listensToThisMachineAlone, !verifiesSignatures else { return [] }
            return [
                "Anyone who reaches this server can do everything: it listens on \(host) and asks nobody who they are. Start it "
                    + "with --verify-signatures, or put a proxy in front of it that asks."
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

    /// The release.
    package static let version = "0.3.0"

    private let configuration: Configuration
    private let lock: DataFolderLock
    private let platform: Platform
    private let jobs: JobService
    private let authority: CertificateAuthority
    private let sageMaker: SageMakerService
    private let lifecycle = ServerLifecycle()
    private let logger: Logger

    /// Opens the data folder, which no other server may have.
    ///
    /// - Parameters:
    ///   - executable: The path of the `roost` binary, for what runs in child processes.
    ///   - inspect: Looks at the artifact at a path.
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
        sageMaker = SageMakerService(platform: platform, jobs: jobs, logger: logger)
    }

    /// The file that the process is to leave when it crashes: the next start is careful then with what this one was at.
    package var crashNote: String { StartMarks.crashNote(in: configuration.dataFolder) }

    private var policy: AWSAccessPolicy {
        if configuration.verifiesSignatures { return .signed(AccessKeys(catalog: platform.catalog)) }
        return configuration.listensToThisMachineAlone ? .open : .closed
    }

    /// Runs until a signal ends it, or the task is cancelled.
    ///
    /// The first SIGTERM or SIGINT drains: the server is not ready any more, then accepts no more, and ends when what runs is
    /// done or its time is up. A second one ends the process at once.
    ///
    /// - Parameter onReady: Called with the port once everything deployed answers or failed.
    package func run(onReady: @escaping @Sendable (_ port: Int) -> Void) async throws {
        try await platform.removeOrphans()
        try await jobs.prepare()
        ConnectionLimit.raiseDescriptorLimit()
        let policy = policy
        let access = configuration.verifiesSignatures ? OwnAPIAccess.thisMachine : .everybody
        let service = InferenceService(platform: platform, captures: sageMaker.endpoints.captures)
        let budget = BodyBudget(limit: max(configuration.bodyMemory, configuration.bodyLimit))
        let routes = ControlRoutes(
            platform: platform,
            sageMaker: sageMaker,
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
        logger.info("Server ended")
    }

    private func close() async {
        await sageMaker.endpoints.close()
        await jobs.close()
        await platform.close()
    }

    private func restore() async {
        guard !configuration.isSafeMode else { return await restoreNothing() }
        // Programs print from their start on, so that this comes before that.
        await attempt("Endpoints' logs not prepared") { try await sageMaker.endpoints.prepare() }
        await attempt("Deployments not restored") { try await platform.restore() }
        await attempt("Endpoints not restored") { try await sageMaker.endpoints.restore() }
        await attempt("Jobs not restored") {
            try await sageMaker.quotas.restore()
            try await jobs.restore()
        }
        lifecycle.becomeReady()
    }

    /// Safe mode: what stands in the catalog can be seen and changed, and none of it runs.
    private func restoreNothing() async {
        logger.warning("Safe mode: no deployment, endpoint or job is taken up")
        await attempt("Deployments not shown") { try await platform.restoreNothing() }
        await attempt("Endpoints not shown") { try await sageMaker.endpoints.restoreNothing() }
        await attempt("Quotas not restored") { try await sageMaker.quotas.restore() }
        lifecycle.becomeReady()
    }

    /// What fails is logged, and the server answers with all the rest.
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
                logger.warning("Second signal: ending at once", metadata: ["signal": "\(signal)"])
                // Not exit(): it would take the runtimes apart under the models that run.
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
