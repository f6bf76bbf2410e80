public import Definitions
package import Endpoints
package import Platform

/// The operations on the deployments of pipelines.
package struct DeploymentOperations: OperationGroup {
    let platform: Platform
    let releases: ReleaseService
    let endpoints: EndpointService

    private static let path = "/v1/pipelines/{pipeline}/deployment"

    package init(platform: Platform, releases: ReleaseService, endpoints: EndpointService) {
        self.platform = platform
        self.releases = releases
        self.endpoints = endpoints
    }

    package var operations: [APIOperation] {
        APIOperation(
            .put,
            Self.path,
            id: "deploy",
            "Deploy a version of a pipeline, or switch to it",
            query: [QueryParameter("by")],
            optionalBody: NewDeployment.self,
            returns: Deployment.self,
            status: .accepted
        ) { call, new in
            let name = try call.parameter("pipeline")
            let asker = try call.requester()
            // A rollback is always possible: it ends a release.
            if let version = new?.version, VersionName(version).isPrevious,
                let deployment = try await releases.rollBack(name, by: asker)
            {
                return deployment
            }
            try await endpoints.checkServes(new?.version, of: name)
            return try await platform.deploy(name, version: new?.version, by: asker)
        }

        APIOperation(.get, Self.path, id: "getDeployment", "Get a pipeline's deployment", returns: Deployment.self) {
            call in try await platform.deployment(of: call.parameter("pipeline"))
        }

        APIOperation(
            .delete,
            Self.path,
            id: "undeploy",
            "Undeploy a pipeline",
            query: [QueryParameter("by")],
            returns: Deployment.self,
            status: .accepted
        ) { call in
            let name = try call.parameter("pipeline")
            try await endpoints.checkServesNone(pipeline: name)
            return try await platform.undeploy(name, by: call.requester())
        }
    }
}

/// `PUT /v1/pipelines/{pipeline}/deployment`.
public struct NewDeployment: Sendable, Codable {
    /// The version to deploy: its ID or the beginning of it, a tag, or `previous`; `nil` for the newest.
    public var version: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case version
    }

    public init(version: String? = nil) { self.version = version }

    /// Decodes the body. An unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        version = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(String.self, forKey: .version)
    }
}

extension NewDeployment: WireType {
    package static let schema = Schema.object(
        optional: ["version": .described("A version's ID or the beginning of it, a tag, or `previous`", .string())]
    )
}

extension Deployment: WireType {
    package static let schema = Schema.object(
        [
            "pipeline": .name, "state": .choice(of: State.self), "version": .string(), "updated_at": .time,
            "models": .list(of: DeployedModel.self),
        ],
        optional: ["previous_version": .string(), "error": .string()]
    )
}

extension DeployedModel: WireType {
    package static let schema = Schema.object([
        "model": .string(), "version": .string(), "framework": .string(), "run_time_us": .number(),
        "runs_on": .string(),
    ])
}
