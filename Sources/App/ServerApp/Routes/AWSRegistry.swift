import APIGateway
import AWS
import AWSAccount
import Access
import CloudWatch
import DataFolder
import Functions
import Lambda
import Logging
import S3
import SageMaker
import SageMakerRuntime

/// What AWS services are made of.
struct AWSParts: Sendable {
    let folder: DataFolder
    let apis: PublicAPIs
    let policy: AccessPolicy
}

/// The AWS services that the server speaks. A new one is a folder in Sources/APIs and a line here.
package enum AWSRegistry {
    private struct Entry: Sendable {
        let description: AWSServiceDescription
        /// `nil` for services with requests that are not structures, which have routes of their own.
        var make: (@Sendable (AWSParts) -> any AWSService)?
    }

    private static let entries: [Entry] = [
        entry { sageMaker($0.folder) },
        Entry(description: SageMakerRuntime.description),
        Entry(description: S3Service.description),
        entry { parts in
            let folder = parts.folder
            return CloudWatchLogs(jobs: folder.jobs, endpoints: folder.endpoints, functions: folder.functions)
        },
        entry { parts in
            CloudWatchMetrics(
                jobs: parts.folder.jobs,
                analyses: parts.folder.analyses,
                endpoints: parts.folder.endpoints,
                series: parts.folder.series
            )
        },
        entry { LambdaService(functions: $0.folder.functions) },
        entry { RESTAPIService(store: $0.apis.store, gateway: $0.apis.gateway) },
        entry { parts in
            HTTPAPIService(store: parts.apis.store) { [functions = parts.folder.functions] in functions.serverURL }
        },
        entry { quotas($0.folder) },
        entry { parts in
            STSService(platform: parts.folder.platform) { [keys = parts.folder.keys, policy = parts.policy] in
                // A key that nobody verified may be another server's, and must not stand for anybody.
                try await keys.issue(parent: policy.isOpen ? nil : $0, duration: $1)
            }
        },
        entry { IAMService(platform: $0.folder.platform) },
    ]

    private static func entry<Service: AWSService>(_ make: @escaping @Sendable (AWSParts) -> Service) -> Entry {
        Entry(description: Service.description, make: make)
    }

    static func sageMaker(_ folder: DataFolder) -> SageMakerService {
        SageMakerService(
            platform: folder.platform,
            jobs: folder.jobs,
            endpoints: folder.endpoints,
            analyses: folder.analyses,
            schedules: folder.schedules
        )
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

    static func dispatcher(_ parts: AWSParts, logger: Logger) -> AWSDispatcher {
        AWSDispatcher(entries.compactMap { $0.make?(parts) }, logger: logger)
    }

    /// The supported operations, by the names of their folder.
    package static var operations: [String: [String]] {
        Dictionary(uniqueKeysWithValues: entries.map { ($0.description.name, $0.description.operations) })
    }
}
