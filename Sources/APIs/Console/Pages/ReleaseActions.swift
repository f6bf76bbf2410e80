import Definitions
import Foundation
import NativeAPI
import Words

/// What people do about a release.
extension ReleasePages {
    /// Why nothing can be done about a release; `nil` if it is under way.
    func ended(_ request: PageRequest) async throws -> String? {
        let release = try await status(request).release
        return release.state.isOpen ? nil : "The release has ended: it was \(release.state.words)."
    }

    private func question(
        _ request: PageRequest,
        _ verb: String,
        title: (Release) -> String,
        text: (Release) -> String,
        button: String,
        isDangerous: Bool = false,
        isMain: Bool = true,
        roost: (Release) -> String,
        python: String
    ) async throws -> Question {
        let release = try await status(request).release
        let path =
            verb == "promote" ? "/v1/pipelines/\(release.pipeline)/promote" : "/v1/releases/\(release.id)/\(verb)"
        return Question(
            title: title(release),
            text: text(release),
            button: "\(button) \(release.pipeline)",
            isMain: isMain,
            isDangerous: isDangerous,
            place: .releases,
            trail: Self.trail(release),
            code: [
                CodeLine(
                    curl: "curl -s -X POST $ROOST_URL\(path)",
                    python: verb == "promote"
                        ? "client.build_pipeline(\"\(release.pipeline)\").promote()"
                        : "client.get_release(\"\(release.id)\").\(python)",
                    roost: roost(release)
                )
            ]
        )
    }

    private func change(_ request: PageRequest, _ verb: String) async throws -> String {
        let release = request.parameter("release")
        try await api.perform(.post, "/v1/releases/\(ConsoleAPI.escaped(release))/\(verb)")
        return Links.page("releases", release)
    }

    func askToPause(_ request: PageRequest) async throws -> Question {
        try await question(
            request,
            "pause",
            title: { "Pause the release of \($0.pipeline)?" },
            text: {
                "\($0.candidate.brief) keeps its share of the requests. Guardrails are still watched and can roll it back."
            },
            button: "Pause",
            roost: { "roost release pause \($0.id.prefix(8))" },
            python: "pause()"
        )
    }

    func pause(_ request: PageRequest) async throws -> String { try await change(request, "pause") }

    func askToResume(_ request: PageRequest) async throws -> Question {
        try await question(
            request,
            "resume",
            title: { "Resume the release of \($0.pipeline)?" },
            text: {
                "\($0.candidate.brief) moves on to its next step when this one has had its time and its units."
            },
            button: "Resume",
            roost: { "roost release resume \($0.id.prefix(8))" },
            python: "resume()"
        )
    }

    func resume(_ request: PageRequest) async throws -> String { try await change(request, "resume") }

    func askToAbort(_ request: PageRequest) async throws -> Question {
        try await question(
            request,
            "abort",
            title: { "Roll \($0.pipeline) back to \($0.champion.brief)?" },
            text: {
                "\($0.champion.brief) answers all requests from the next one on. No request fails. The release of "
                    + "\($0.candidate.brief) ends as aborted; its reports stay. Another release can be started at any time."
            },
            button: "Roll back",
            isDangerous: true,
            roost: { "roost release abort \($0.id.prefix(8))" },
            python: "abort()"
        )
    }

    func abort(_ request: PageRequest) async throws -> String {
        let next = try await change(request, "abort")
        // It takes a moment until the pipeline answers as before. The page is read again anyway.
        for _ in 0..<20 {
            guard try await status(request).release.state.isOpen else { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        return next
    }

    func askToPromote(_ request: PageRequest) async throws -> Question {
        try await question(
            request,
            "promote",
            title: { "Promote \($0.candidate.brief) to champion of \($0.pipeline)?" },
            text: {
                "\($0.candidate.brief) answers all requests from the next one on, whatever the evidence says so far. "
                    + "\($0.champion.brief) stays available for an undo. No request fails."
            },
            button: "Promote the candidate of",
            // It is for the release to say when it is time.
            isMain: false,
            roost: { "roost pipeline promote \($0.pipeline)" },
            python: ""
        )
    }

    func promote(_ request: PageRequest) async throws -> String {
        let release = try await status(request).release
        let body = PromotionRequest(challenger: release.candidate.description, by: ConsoleAPI.requester)
        try await api.perform(.post, "/v1/pipelines/\(ConsoleAPI.escaped(release.pipeline))/promote", body)
        return Links.page("releases", release.id)
    }
}
