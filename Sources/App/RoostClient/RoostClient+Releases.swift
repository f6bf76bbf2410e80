public import Definitions
import NIOHTTP1
import NativeAPI

/// Releases and promotions.
extension RoostClient {
    /// Returns what a release would do.
    public func planRelease(_ definition: ReleaseDefinition) async throws -> ReleasePlan {
        try await send(.POST, "/v1/releases/plan", definition)
    }

    /// Releases a candidate step by step.
    ///
    /// - Parameter by: Who asks for it, for the records.
    public func startRelease(_ definition: ReleaseDefinition, by: String? = nil) async throws -> Release {
        try await send(.POST, "/v1/releases" + Self.suffix(by), definition)
    }

    /// Returns releases, newest first.
    ///
    /// - Parameters:
    ///   - pipeline: `nil` for those of all pipelines.
    ///   - workspace: Only those of its pipelines; `nil` for those of all workspaces.
    public func releases(of pipeline: String? = nil, in workspace: String? = nil) async throws -> [Release] {
        try await get("/v1/releases", Self.filter(of: pipeline, in: workspace), as: ReleaseList.self).releases
    }

    /// Returns a release, and what is seen of its current step.
    ///
    /// - Parameter release: Its ID, the beginning of it, or the name of a pipeline, which stands for its newest release.
    public func release(_ release: String) async throws -> ReleaseStatus {
        try await get("/v1/releases/\(Self.escaped(release))")
    }

    /// Keeps a release from going on to its next step. It is still watched.
    @discardableResult
    public func pauseRelease(_ release: String, by: String? = nil) async throws -> Release {
        try await change("pause", release, by)
    }

    /// Lets a paused release go on.
    @discardableResult
    public func resumeRelease(_ release: String, by: String? = nil) async throws -> Release {
        try await change("resume", release, by)
    }

    /// Goes back to what answered before a release.
    @discardableResult
    public func abortRelease(_ release: String, by: String? = nil) async throws -> Release {
        try await change("abort", release, by)
    }

    /// Makes a challenger, or the candidate of a release, the champion.
    ///
    /// - Returns: The pipeline, which answers with it.
    @discardableResult
    public func promote(
        in pipeline: String,
        _ request: PromotionRequest = PromotionRequest()
    ) async throws -> Pipeline {
        try await send(.POST, "/v1/pipelines/\(Self.escaped(pipeline))/promote", request)
    }

    private func change(_ verb: String, _ release: String, _ by: String?) async throws -> Release {
        try await send(.POST, "/v1/releases/\(Self.escaped(release))/\(verb)" + Self.suffix(by), [String: String]())
    }

    private static func suffix(_ by: String?) -> String { by.map { "?by=\(escaped($0))" } ?? "" }
}
