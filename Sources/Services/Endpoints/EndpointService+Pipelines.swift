import Definitions
import Platform

/// What an endpoint keeps people from doing with its pipeline.
extension EndpointService {
    /// Throws if the requests to an endpoint are answered by the pipeline of this name.
    package func checkServesNone(pipeline name: String) async throws {
        guard try await entry(named: name) != nil else { return }
        throw RoostError(
            .conflict,
            "Pipeline '\(name)' answers the requests to the endpoint of its name. Delete the endpoint instead.",
            field: "pipeline"
        )
    }

    /// Throws if a pipeline answers the requests to the endpoint of its name, and a version of it has other steps than those that the
    /// endpoint describes.
    ///
    /// - Parameter version: `nil` for the newest.
    package func checkServes(_ version: String?, of name: String) async throws {
        guard let serving = try await entry(named: name)?.record.serving else { return }
        let described = try await platform.pipelineVersion(serving.pipelineVersion, of: name)
        let wanted =
            if let version { try await platform.pipelineVersion(version, of: name) } else {
                try await platform.pipeline(named: name).version
            }
        guard wanted.steps != described.steps else { return }
        throw RoostError(
            .conflict,
            "Pipeline '\(name)' answers the requests to the endpoint of its name, which describes other steps. Update the endpoint instead.",
            field: "pipeline"
        )
    }
}
