import AWS
import AWSAccount
import CloudWatch
import Endpoints
import Jobs
import Logging
import Platform
import S3
import SageMaker
import SageMakerRuntime

/// The AWS services that the server speaks. A new one is a folder in Sources/APIs and a line here.
package enum AWSRegistry {
    /// What the services stand on.
    struct Services {
        let platform: Platform
        let jobs: JobService
        let endpoints: EndpointService
        let logger: Logger
    }

    private struct Entry: Sendable {
        let description: AWSServiceDescription
        /// `nil` for services with requests that are not structures, which have routes of their own.
        var make: (@Sendable (Services) -> any AWSService)?
    }

    private static let entries: [Entry] = [
        entry { sageMaker($0) },
        Entry(description: SageMakerRuntime.description),
        Entry(description: S3Service.description),
        entry { CloudWatchLogs(jobs: $0.jobs, endpoints: $0.endpoints) },
        entry { CloudWatchMetrics(jobs: $0.jobs) },
        entry { quotas($0) },
        entry { _ in STSService() },
        entry { _ in IAMService() },
    ]

    private static func entry<Service: AWSService>(_ make: @escaping @Sendable (Services) -> Service) -> Entry {
        Entry(description: Service.description, make: make)
    }

    static func sageMaker(_ services: Services) -> SageMakerService {
        SageMakerService(platform: services.platform, jobs: services.jobs, endpoints: services.endpoints)
    }

    /// Service Quotas, with the limits of all services.
    static func quotas(_ services: Services) -> ServiceQuotas {
        ServiceQuotas(
            platform: services.platform,
            jobs: services.jobs,
            fixed: SageMakerRuntime.quotas + S3Service.quotas
        )
    }

    static let directory = AWSDirectory(entries.map(\.description))

    static func dispatcher(_ services: Services) -> AWSDispatcher {
        AWSDispatcher(entries.compactMap { $0.make?(services) }, logger: services.logger)
    }

    /// The supported operations, by the names of their services.
    package static var operations: [String: [String]] {
        Dictionary(uniqueKeysWithValues: entries.map { ($0.description.name, $0.description.operations) })
    }
}
