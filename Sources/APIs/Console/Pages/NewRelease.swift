import Definitions
import Foundation
import NativeAPI
import Words

/// The form of a new release, its plan, and its start.
extension ReleasePages {
    struct PlanView: Sendable {
        var action: String
        var fields: [QuestionView.FieldView]
        /// An error that belongs to no field.
        var problem: String
        var steps: [String]
        var guardrails: [String]
        var traffic: String
        var startHref: String
        var isPlanned: Bool
    }

    private static let fields = [
        Question.Field(name: "pipeline", label: "Pipeline", isRequired: true),
        Question.Field(
            name: "candidate",
            label: "Candidate",
            hint: "NAME for its newest version, or NAME@VERSION",
            isRequired: true
        ),
        Question.Field(
            name: "replaces",
            label: "Replaces",
            hint: "the model whose place it takes; empty for the only one"
        ),
        Question.Field(
            name: "stages",
            label: "Stages",
            hint: "shares in percent",
            value: "1, 10, 50",
            isRequired: true
        ),
        Question.Field(name: "every", label: "Time of each stage", hint: "at least, such as 30m", value: "10m"),
        Question.Field(name: "units", label: "Units of each stage", hint: "at least", value: "100"),
        Question.Field(name: "replay", label: "Replay", hint: "logged requests to answer first; empty for none"),
        Question.Field(
            name: "shadow",
            label: "Shadow",
            hint: "time beside the champion first, such as 1h; empty for none"
        ),
        Question.Field(
            name: "promote",
            label: "Promote",
            hint: "safe: no guardrail is broken; better: shown to be better; manual: you decide",
            kind: .choice(ReleaseDefinition.Promotion.allCases.map(\.rawValue)),
            value: "safe"
        ),
    ]

    /// What was sent, or else the parameters of the link.
    private static func value(_ request: PageRequest, _ field: String) -> String {
        let sent =
            request.request.form[field] ?? request.request.query[field] ?? fields.first { $0.name == field }?.value
        return (sent ?? "").trimmingCharacters(in: .whitespaces)
    }

    /// - Throws: ``RoostError`` that names the field which cannot be read.
    private static func definition(_ request: PageRequest) throws(RoostError) -> ReleaseDefinition {
        func text(_ field: String) -> String { value(request, field) }
        func count(_ field: String) throws(RoostError) -> Int? {
            guard !text(field).isEmpty else { return nil }
            guard let number = Int(text(field)), (0...1_000_000_000).contains(number) else {
                throw RoostError(.invalidInput, "Expected a whole number, such as 100.", field: field)
            }
            return number
        }
        func span(_ field: String) throws(RoostError) -> TimeSpan? {
            guard !text(field).isEmpty else { return nil }
            guard let span = TimeSpan(text(field)) else {
                throw RoostError(.invalidInput, "Expected a length of time, such as 90s, 15m, 1h or 1d.", field: field)
            }
            return span
        }
        guard !text("pipeline").isEmpty else {
            throw RoostError(.invalidInput, "Choose a pipeline.", field: "pipeline")
        }
        guard !text("candidate").isEmpty else { throw RoostError(.invalidInput, "Name a model.", field: "candidate") }
        let duration = try span("every") ?? ReleaseDefinition.Stage.defaultDuration
        let units = try count("units") ?? ReleaseDefinition.Stage.defaultUnits
        var stages: [ReleaseDefinition.Stage] = []
        for part in text("stages").split(separator: ",") {
            let percent = part.trimmingCharacters(in: CharacterSet(charactersIn: " %"))
            guard let share = Double(percent), share > 0, share <= 100 else {
                throw RoostError(.invalidInput, "Expected shares in percent, such as 1, 10, 50.", field: "stages")
            }
            stages.append(ReleaseDefinition.Stage(share: share / 100, duration: duration, units: units))
        }
        let parts = text("candidate").split(separator: "@", maxSplits: 1).map(String.init)
        return ReleaseDefinition(
            pipeline: text("pipeline"),
            candidate: ModelReference(name: parts.first ?? "", version: parts.count > 1 ? parts[1] : nil),
            replaces: text("replaces").isEmpty ? nil : text("replaces"),
            replay: try count("replay"),
            shadow: try span("shadow").map { ReleaseDefinition.Shadow(duration: $0, units: units) },
            stages: stages,
            promote: ReleaseDefinition.Promotion(rawValue: text("promote")) ?? .safe
        )
    }

    // MARK: Plan

    func plan(_ request: PageRequest) async throws -> PageContent {
        var plan: ReleasePlan?
        var error: RoostError?
        if request.request.method == .post {
            do {
                plan = try await api.send(.post, "/v1/releases/plan", Self.definition(request), as: ReleasePlan.self)
            } catch let problem {
                error =
                    (RoostError(operation: problem) ?? RoostError(.internalError, "Internal error. See the server log."))
                    .naming(Self.fields.map { ($0.name, $0.label) })
            }
        }
        let values = Self.fields.map { ($0.name, Self.value(request, $0.name)) }
        let question = Question(title: "", text: "", button: "", fields: try await proposed(request), trail: [])
        let form = QuestionView(question, request, error: error)
        var content = PageContent(
            template: "release-plan",
            title: "New release",
            place: .releases,
            body: PlanView(
                action: request.request.path,
                fields: form.fields,
                problem: form.error,
                steps: plan.map { ReleaseWords.steps(of: $0) } ?? [],
                guardrails: plan.map { ReleaseWords.guardrails(of: $0) } ?? [],
                traffic: plan.map { ReleaseWords.traffic(of: $0) } ?? "",
                startHref: Links.page("releases", "new", "start", query: Dictionary(uniqueKeysWithValues: values)),
                isPlanned: plan != nil
            )
        )
        content.trail = [Link(text: "Releases", href: Links.page("releases"))]
        content.summary = "A plan says what a release would do, and changes nothing."
        if let definition = plan?.definition { content.code = [Self.code(request, definition)] }
        return content
    }

    /// The fields with the pipelines and models that can be chosen.
    private func proposed(_ request: PageRequest) async throws -> [Question.Field] {
        let limit = String(Self.proposalLimit)
        let found = try await api.get("/v1/pipelines", ["limit": limit], as: PipelineList.self).pipelines
        let running = found.filter { $0.deployment?.state == .running }
        let chosen = running.filter { $0.name == Self.value(request, "pipeline") }
        // A candidate is of the pipeline's workspace.
        var models: [String] = []
        for workspace in Set((chosen.isEmpty ? running : chosen).map(\.workspace)).sorted().prefix(Self.workspaceLimit)
        {
            let query = ["workspace": workspace, "limit": limit]
            let list = try? await api.get("/v1/models", query, as: ModelList.self)
            models += (list?.models ?? []).map(\.name)
        }
        return Self.fields.map { field in
            var field = field
            if field.name == "pipeline" { field.proposals = running.map(\.name) }
            if field.name == "candidate" { field.proposals = Set(models).sorted() }
            if field.name == "replaces" {
                field.proposals = Set(chosen.flatMap { $0.version.steps.flatMap(\.models).map(\.name) }).sorted()
            }
            return field
        }
    }

    private static let proposalLimit = 200
    private static let workspaceLimit = 5

    private static func code(_ request: PageRequest, _ definition: ReleaseDefinition) -> CodeLine {
        let encoded = Quoted.body(definition)
        let (candidate, every, units) = (
            definition.candidate.description, value(request, "every"), value(request, "units")
        )
        let shares = definition.stages.map { Numbers.exact($0.share * 100) }
        var roost = "roost release start \(definition.pipeline) \(candidate) --stages \(shares.joined(separator: ","))"
        roost += definition.replaces.map { " --replaces \(Quoted.shell($0))" } ?? ""
        roost += (every.isEmpty ? "" : " --every \(every)") + (units.isEmpty ? "" : " --units \(units)")
        roost += definition.replay.map { " --replay \($0)" } ?? ""
        roost += definition.shadow.map { " --shadow \($0.duration)" } ?? ""
        roost += " --promote \(definition.promote.rawValue)"
        var python = "client.release(\"\(definition.pipeline)\", \"\(candidate)\", "
        python += "[\(shares.map { "\"\($0)%\"" }.joined(separator: ", "))]"
        python += definition.replaces.map { ", replaces=\(Quoted.json($0))" } ?? ""
        python += (every.isEmpty ? "" : ", every=\"\(every)\"") + (units.isEmpty ? "" : ", units=\(units)")
        python += definition.replay.map { ", replay=\($0)" } ?? ""
        python += definition.shadow.map { ", shadow=\"\($0.duration)\"" } ?? ""
        python += ", promote=\"\(definition.promote.rawValue)\")"
        return CodeLine(
            curl:
                "curl -s -X POST $ROOST_URL/v1/releases -H 'content-type: application/json' -d \(Quoted.shell(encoded))",
            python: python,
            roost: roost
        )
    }

    // MARK: Start

    func askToStart(_ request: PageRequest) async throws -> Question {
        let plan = try await api.send(.post, "/v1/releases/plan", Self.definition(request), as: ReleasePlan.self)
        let definition = plan.definition
        return Question(
            title: "Release \(definition.candidate.brief) to \(definition.pipeline)?",
            text:
                "It takes the place of \(plan.champion.brief) step by step, and is rolled back by itself if a guardrail is broken. "
                + ReleaseWords.steps(of: plan).joined(separator: " "),
            button: "Start the release",
            fields: Self.fields.map { field in
                Question.Field(
                    name: field.name,
                    label: field.label,
                    kind: .hidden,
                    value: Self.value(request, field.name)
                )
            },
            place: .releases,
            trail: [
                Link(text: "Releases", href: Links.page("releases")),
                Link(text: "New release", href: Links.page("releases", "new")),
            ],
            code: [Self.code(request, definition)]
        )
    }

    func start(_ request: PageRequest) async throws -> String {
        let release = try await api.send(.post, "/v1/releases", Self.definition(request), as: Release.self)
        return Links.page("releases", release.id)
    }
}
