public import Definitions
package import Endpoints

/// The operations on releases and promotions.
package struct ReleaseOperations: OperationGroup {
    private static let pageLimit = 1000

    let releases: ReleaseService

    package init(releases: ReleaseService) { self.releases = releases }

    package var operations: [APIOperation] {
        APIOperation(
            .post,
            "/v1/releases/plan",
            id: "planRelease",
            "Say what a release would do, without doing it",
            body: ReleaseDefinition.self,
            returns: ReleasePlan.self
        ) { _, definition in try await releases.plan(definition) }

        APIOperation(
            .post,
            "/v1/releases",
            id: "startRelease",
            "Release a candidate step by step",
            query: [QueryParameter("by")],
            body: ReleaseDefinition.self,
            returns: Release.self,
            status: .created
        ) { call, definition in try await releases.start(definition, by: call.requester()) }

        APIOperation(
            .get,
            "/v1/releases",
            id: "listReleases",
            "List the releases, newest first",
            query: [
                QueryParameter("pipeline"), .workspaceFilter,
                QueryParameter("limit", .integer(min: 1, max: Self.pageLimit)),
                QueryParameter("offset", .integer(min: 0)),
            ],
            returns: ReleaseList.self
        ) { call in
            let (found, total, open) = try await releases.releases(
                of: call.pipelineFilter,
                limit: try call.number("limit", 1...Self.pageLimit) ?? Self.pageLimit,
                offset: try call.number("offset", 0...Int(Int32.max)) ?? 0
            )
            return ReleaseList(releases: found, total: total, open: open)
        }

        APIOperation(
            .get,
            "/v1/releases/{release}",
            id: "getRelease",
            "Get a release, and what is seen of its current step",
            returns: ReleaseStatus.self
        ) { call in try await releases.status(call.parameter("release")) }

        APIOperation(
            .get,
            "/v1/releases/{release}/evidence",
            id: "getReleaseEvidence",
            "Get the evidence of a release's canary over time",
            returns: ReleaseEvidence.self
        ) { call in
            let found = try await releases.course(call.parameter("release"))
            return ReleaseEvidence(found.release, found.guardrails, found.course)
        }

        change("pause", "pauseRelease", "Keep a release from going on to its next step") {
            try await $0.pause($1, by: $2)
        }
        change("resume", "resumeRelease", "Let a paused release go on") { try await $0.resume($1, by: $2) }
        change("abort", "abortRelease", "Go back to what answered before") { try await $0.abort($1, by: $2) }

        APIOperation(
            .post,
            "/v1/pipelines/{pipeline}/promote",
            id: "promoteChallenger",
            "Make a challenger, or the candidate of a release, the champion",
            optionalBody: PromotionRequest.self,
            returns: Pipeline.self
        ) { call, request in
            try await releases.promote(in: call.parameter("pipeline"), (request ?? PromotionRequest()).checked())
        }
    }

    private func change(
        _ verb: String,
        _ id: String,
        _ summary: String,
        _ make: @escaping @Sendable (ReleaseService, String, String?) async throws -> Release
    ) -> APIOperation {
        APIOperation(
            .post,
            "/v1/releases/{release}/\(verb)",
            id: id,
            summary,
            query: [QueryParameter("by")],
            returns: Release.self
        ) { call in try await make(releases, call.parameter("release"), call.requester()) }
    }
}

/// The body of a list of releases.
public struct ReleaseList: Sendable, Codable {
    public var releases: [Release]
    /// The number of releases on all pages.
    public var total: Int
    /// How many of them have not ended.
    public var open: Int

    public init(releases: [Release], total: Int, open: Int) {
        self.releases = releases
        self.total = total
        self.open = open
    }
}

extension PromotionRequest {
    fileprivate func checked() throws(RoostError) -> PromotionRequest {
        if let by { _ = try checkedRequester(by) }
        return self
    }
}
