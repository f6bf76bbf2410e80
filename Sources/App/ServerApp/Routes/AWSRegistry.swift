import AWS
import AWSAccount
import Access
import CloudWatch
import DataFolder
import Logging
import S3
import SageMaker
import SageMakerRuntime

/// The AWS services that the server speaks. A new one is a folder in Sources/APIs and a line here.
package enum AWSRegistry {
    private struct Entry: Sendable {
        let description: AWSServiceDescription
        /// `nil` for services with requests that are not structures, which have routes of their own.
        var make: (@Sendable (DataFolder) -> any AWSService)?
    }

    private static let entries: [Entry] = [
        entry { sageMaker($0) },
        Entry(description: SageMakerRuntime.description),
        Entry(description: S3Service.description),
        entry { CloudWatchLogs(jobs: $0.jobs, endpoints: $0.endpoints, functions: $0.functions) },
        entry { CloudWatchMetrics(jobs: $0.jobs) },
        entry { quotas($0) },
        entry { folder in
            STSService(platform: folder.platform) { try await folder.keys.issue(parent: $0, duration: $1) }
        },
        entry { IAMService(platform: $0.platform) },
    ]

    private static func entry<Service: AWSService>(_ make: @escaping @Sendable (DataFolder) -> Service) -> Entry {
        Entry(description: Service.description, make: make)
    }

    static func sageMaker(_ folder: DataFolder) -> SageMakerService {
        SageMakerService(platform: folder.platform, jobs: folder.jobs, endpoints: folder.endpoints)
    }

    /// Service Quotas, with the limits of all folder.
    static func quotas(_ folder: DataFolder) -> ServiceQuotas {
        ServiceQuotas(
            serving: folder.serving,
            jobs: folder.jobs,
            fixed: SageMakerRuntime.quotas + S3Service.quotas
        )
    }

    static let directory = AWSDirectory(entries.map(\.description))

    static func dispatcher(_ folder: DataFolder, logger: Logger) -> AWSDispatcher {
        AWSDispatcher(entries.compactMap { $0.make?(folder) }, logger: logger)
    }

    /// The supported operations, by the names of their folder.
    package static var operations: [String: [String]] {
        Dictionary(uniqueKeysWithValues: entries.map { ($0.description.name, $0.description.operations) })
    }
}
