package import Access
package import Analyses
import Backups
package import Buckets
import Catalog
import Definitions
package import Endpoints
package import Events
import Foundation
package import Functions
package import Jobs
package import Logging
package import Loops
package import Monitoring
package import Outgoing
package import Platform
package import Programs
package import Serving
import Storage
package import Suites
package import TimeSeries

/// A data folder that this process has opened, which no other server may have, and the services that stand on it.
package final class DataFolder: Sendable {
    package struct Configuration: Sendable {
        package var path: String
        /// A group whose members may read the folder; `nil` for none.
        package var group: String?
        package var programs: ProgramHost
        package var serving = Serving.Configuration()
        package var jobs = JobService.Configuration()
        package var functions = FunctionService.Configuration()
        /// Calls other servers for users.
        package var outgoing = OutgoingClient(allowsPrivateAddresses: false)

        package init(path: String, programs: ProgramHost) {
            self.path = path
            self.programs = programs
        }
    }

    package let path: String
    package let keys: AccessKeys
    package let buckets: BucketService
    package let events: EventLog
    package let webhooks: WebhookService
    package let serving: Serving
    package let platform: Platform
    package let endpoints: EndpointService
    package let releases: ReleaseService
    package let jobs: JobService
    package let loops: LoopService
    package let monitoring: Monitoring
    package let assays: AssayService
    package let analyses: AnalysisService
    package let schedules: MonitoringScheduleService
    package let functions: FunctionService
    package let suites: SuiteService
    package let series: TimeSeriesService
    private let lock: DataFolderLock

    /// Opens the folder, and creates it if needed. Nothing is deployed and no job runs before they are restored.
    ///
    /// - Parameter inspect: Loads an artifact in isolation and runs it once; throws ``RoostError``.
    /// - Throws: ``RoostError`` if another server has the folder, or a newer release has used it.
    package init(_ configuration: Configuration, logger: Logger, inspect: @escaping Serving.Inspect) throws {
        path = configuration.path
        let modes = try DataFolderModes(group: configuration.group)
        modes.begin()
        lock = try DataFolderLock(folder: path)
        let count = try modes.restrict(path)
        if count > 1 {
            logger.notice(
                "Data folder restricted to its owner and group",
                metadata: ["folder": "\(path)", "count": "\(count)"]
            )
        }
        // First of all, because a newer release's data folder is refused as it is.
        let catalog = try Catalog(path: path + "/roost.sqlite")
        let artifacts = try ArtifactStore(folder: path + "/objects")
        let algorithms = AlgorithmStore(
            catalog: catalog,
            store: artifacts,
            folder: path + "/algorithms",
            host: configuration.programs
        )
        keys = AccessKeys(catalog: catalog)
        buckets = BucketService(catalog: catalog, blobs: try BlobStore(folder: path + "/objects"))
        events = EventLog(catalog: catalog, logger: logger)
        webhooks = WebhookService(
            catalog: catalog,
            events: events,
            outgoing: configuration.outgoing,
            logger: logger
        )
        serving = try Serving(
            dataFolder: path,
            configuration: configuration.serving,
            catalog: catalog,
            artifacts: artifacts,
            events: events,
            logger: logger,
            program: algorithms.program(serving:),
            inspect: inspect
        )
        series = TimeSeriesService(dataFolder: path, catalog: catalog, serving: serving, logger: logger)
        platform = Platform(
            dataFolder: path,
            catalog: catalog,
            artifacts: artifacts,
            buckets: buckets,
            algorithms: algorithms,
            serving: serving,
            logger: logger,
            inspect: inspect
        )
        monitoring = Monitoring(dataFolder: path, catalog: catalog, platform: platform)
        assays = AssayService(monitoring: monitoring, catalog: catalog, logger: logger)
        endpoints = EndpointService(dataFolder: path, catalog: catalog, platform: platform, logger: logger)
        releases = ReleaseService(catalog: catalog, platform: platform, monitoring: monitoring, logger: logger)
        jobs = JobService(
            dataFolder: path,
            catalog: catalog,
            platform: platform,
            executor: ChildProcessExecutor(host: configuration.programs, dataFolder: path),
            configuration: configuration.jobs,
            logger: logger
        )
        analyses = AnalysisService(catalog: catalog, platform: platform, endpoints: endpoints, logger: logger)
        schedules = MonitoringScheduleService(catalog: catalog, analyses: analyses, events: events, logger: logger)
        functions = try FunctionService(
            dataFolder: path,
            catalog: catalog,
            buckets: buckets,
            host: configuration.programs,
            configuration: configuration.functions,
            keys: keys,
            logger: logger
        )
        suites = SuiteService(
            catalog: catalog,
            platform: platform,
            jobs: jobs,
            functions: functions,
            logger: logger
        )
        loops = LoopService(
            catalog: catalog,
            platform: platform,
            monitoring: monitoring,
            jobs: jobs,
            releases: releases,
            suites: suites,
            events: events,
            logger: logger
        )
        serving.functions.use { [functions] function, event, limit throws(RoostError) in
            try functions.result(of: function, event, within: limit)
        } exists: { [functions] function in
            (try? functions.version(function.version, of: function.name)) != nil
        }
    }

    /// Removes what an earlier server left behind. Call it before anything is accepted.
    package func prepare() async throws {
        await Backup.removeRemains(in: path)
        try await events.prepare()
        serving.prepare()
        try await platform.removeOrphans()
        try await jobs.prepare()
        try await functions.prepare()
    }

    /// Removes objects whose time is over, from now on.
    package func beginExpiry(logger: Logger) async {
        await buckets.expiry.begin(buckets) { error in
            logger.error("Cannot remove expired objects", metadata: ["error": "\(error)"])
        }
    }

    /// Stops everything, and writes what is still in memory. What was in progress is resumed by the next server.
    package func close() async {
        await suites.close()
        await buckets.expiry.close()
        await functions.close()
        await loops.close()
        await releases.close()
        await assays.close()
        await schedules.close()
        await analyses.close()
        await endpoints.close()
        await jobs.close()
        await series.close()
        await serving.close()
        await webhooks.close()
        events.close()
    }

    /// The file that the process leaves when it crashes, so that the next start is careful with what it was doing.
    package var crashNote: String { StartMarks.crashNote(in: path) }
}
