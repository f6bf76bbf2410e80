import Definitions
import Foundation
import NativeAPI
import Words

/// What people do about an experiment or a shadow deploy.
extension ExperimentPages {
    /// - Parameter view: The page of the pipeline to which Cancel leads.
    private static func trail(_ name: String, _ view: String) -> [Link] {
        .pipeline(name) + [
            Link(text: view == "shadow" ? "Shadow" : "Experiment", href: Links.page("pipelines", name, view))
        ]
    }

    private func kind(_ request: PageRequest) throws(RoostError) -> ReportRequest.Kind {
        let text = request.field("kind").isEmpty ? request.query("kind") : request.field("kind")
        switch text {
        case "", "experiment": return .experiment
        case "shadow": return .shadow
        default: throw RoostError(.invalidInput, "A report is on an experiment or a shadow deploy.", field: "kind")
        }
    }

    // MARK: Report

    func askToReport(_ request: PageRequest) async throws -> Question {
        let kind = try kind(request)
        let (pipeline, version) = try await api.running(request.parameter("pipeline"))
        let name = pipeline.name
        var fields = [Question.Field(name: "kind", label: "Kind", kind: .hidden, value: kind.rawValue)]
        let hasGoal = version.monitoring.goal != nil
        if !hasGoal, kind == .experiment {
            fields.append(
                Question.Field(
                    name: "goal",
                    label: "Goal",
                    hint: "errors, check_failures, accuracy, or an expression such as outputs[0][0] > 0.5"
                )
            )
        }
        let since = version.experiment.map { " since \(Moment.minute($0.startedAt)) UTC" } ?? ""
        let goal = hasGoal || kind == .shadow ? "" : " The pipeline declares no goal, so one is needed to decide."
        let body = "{\"kind\": \"\(kind.rawValue)\"}"
        return Question(
            title: "Report on \(name) now?",
            text:
                "The log and the labels\(kind == .experiment ? since : "") are counted, and the report is kept. Nothing else "
                + "changes. You may look as often as you like: the verdict stays valid." + goal,
            button: "Report on \(name)",
            fields: fields,
            place: kind == .shadow ? .shadow : .experiments,
            trail: Self.trail(name, kind.rawValue),
            code: [
                CodeLine(
                    curl:
                        "curl -s -X POST $ROOST_URL/v1/pipelines/\(name)/reports -H 'content-type: application/json' -d '\(body)'",
                    python: "client.build_pipeline(\"\(name)\").report(kind=\"\(kind.rawValue)\")",
                    roost: "roost report \(name) --kind \(kind.rawValue)"
                )
            ]
        )
    }

    func report(_ request: PageRequest) async throws -> String {
        let name = request.parameter("pipeline")
        let kind = try kind(request)
        let goal = request.field("goal")
        let path = "/v1/pipelines/\(ConsoleAPI.escaped(name))/reports"
        let body = ReportRequest(kind: kind, goal: goal.isEmpty ? nil : GoalMetric(metric: goal))
        let made = try await api.send(.post, path, body, as: Report.self)
        return Links.page("pipelines", name, kind.rawValue, query: ["report": made.id])
    }

    // MARK: Promote

    func askToPromote(_ request: PageRequest) async throws -> Question {
        let (pipeline, version) = try await api.running(request.parameter("pipeline"))
        let name = pipeline.name
        func value(_ field: String) -> String {
            request.field(field).isEmpty ? request.query(field) : request.field(field)
        }
        let (challenger, report) = (value("challenger"), value("report"))
        let view = version.experiment == nil ? "shadow" : "experiment"
        let models = version.comparedModels
        guard let champion = models.first, models.count > 1 else {
            throw RoostError(.conflict, "'\(name)' compares nothing, so there is no challenger to promote.")
        }
        let promoted = challenger.isEmpty ? models[1] : challenger
        guard models.dropFirst().contains(promoted) else {
            throw RoostError(
                .notFound,
                "'\(name)' has no challenger '\(promoted.prefix(80))'. Expected one of: \(models.dropFirst().joined(separator: ", "))."
            )
        }
        var body = ["challenger": promoted]
        if !report.isEmpty { body["report"] = report }
        let encoded = Quoted.body(body)
        return Question(
            title: "Promote \(promoted) to champion of \(name)?",
            text:
                "\(promoted) answers all requests from the next one on; what answers now stays available for an undo. No request "
                + "fails during the change. The comparison with \(champion) ends, and its reports stay."
                + (report.isEmpty ? "" : " Recorded with report \(report.prefix(8))."),
            warnings: try await doubts(about: promoted, report, pipeline, version),
            button: "Promote \(promoted)",
            fields: [
                Question.Field(name: "challenger", label: "Challenger", kind: .hidden, value: promoted),
                Question.Field(name: "report", label: "Report", kind: .hidden, value: report),
            ],
            place: version.experiment == nil ? .shadow : .experiments,
            trail: Self.trail(name, view),
            code: [
                CodeLine(
                    curl: "curl -s -X POST $ROOST_URL/v1/pipelines/\(name)/promote -H 'content-type: application/json' "
                        + "-d \(Quoted.shell(encoded))",
                    python: "client.build_pipeline(\"\(name)\").promote(\"\(promoted)\""
                        + (report.isEmpty ? "" : ", report=\"\(report)\"") + ")",
                    roost: "roost pipeline promote \(name) \(promoted)"
                        + (report.isEmpty ? "" : " --report \(report.prefix(8))")
                )
            ]
        )
    }

    func promote(_ request: PageRequest) async throws -> String {
        let name = request.parameter("pipeline")
        let (challenger, report) = (request.field("challenger"), request.field("report"))
        try await api.perform(
            .post,
            "/v1/pipelines/\(ConsoleAPI.escaped(name))/promote",
            PromotionRequest(
                challenger: challenger.isEmpty ? nil : challenger,
                report: report.isEmpty ? nil : report,
                by: ConsoleAPI.requester
            )
        )
        return Links.page("pipelines", name)
    }

    // MARK: Roll back

    func askToRollBack(_ request: PageRequest) async throws -> Question {
        let (pipeline, version) = try await api.running(request.parameter("pipeline"))
        let name = pipeline.name
        let asked =
            request.field("version").isEmpty ? pipeline.deployment?.previousVersion ?? "" : request.field("version")
        guard !asked.isEmpty else {
            throw RoostError(
                .conflict,
                "No other version of '\(name)' was deployed before, so there is nothing to go back to."
            )
        }
        let previous = try await api.version(asked, of: name)
        let goesOn = previous.experiment != nil && previous.experiment?.id == version.experiment?.id
        return Question(
            title: "Roll \(name) back to version \(previous.id.prefix(8))?",
            text:
                previous.answering + " No request fails during the change. "
                + (goesOn
                    ? "The experiment goes on, with its earlier weights."
                    : "The comparison ends; its reports stay. A second rollback returns to it."),
            button: "Roll back \(name)",
            isDangerous: true,
            fields: [Question.Field(name: "version", label: "Version", kind: .hidden, value: previous.id)],
            place: .experiments,
            trail: Self.trail(name, "experiment"),
            code: [
                CodeLine(
                    curl:
                        "curl -s -X PUT $ROOST_URL/v1/pipelines/\(name)/deployment -H 'content-type: application/json' "
                        + "-d '{\"version\": \"\(previous.id)\"}'",
                    python: "client.build_pipeline(\"\(name)\").rollback()",
                    roost: "roost pipeline rollback \(name)"
                )
            ]
        )
    }

    func rollBack(_ request: PageRequest) async throws -> String {
        let name = request.parameter("pipeline")
        let body = NewDeployment(version: request.field("version"))
        try await api.perform(.put, "/v1/pipelines/\(ConsoleAPI.escaped(name))/deployment", body)
        return Links.page("pipelines", name)
    }

    // MARK: Weights

    func askForWeights(_ request: PageRequest) async throws -> Question {
        let (pipeline, version) = try await api.running(request.parameter("pipeline"))
        let name = pipeline.name
        guard let (index, split) = version.split else {
            throw RoostError(
                .conflict,
                "The version of '\(name)' that answers has no random split, so it has no weights."
            )
        }
        let hidden =
            pipeline.version.id == version.id
            ? ""
            : " Version \(pipeline.version.id.prefix(8)), which was defined later and does not answer, is not part of it."
        return Question(
            title: "Change the weights of \(name)?",
            text:
                "From the next request on, each model gets the share that its weight has of the sum of all weights. The "
                + "experiment and its evidence go on; a unit moves only to a model whose share grows. A new version is made and deployed."
                + hidden,
            button: "Set the weights of \(name)",
            fields: [Question.Field(name: "version", label: "Version", kind: .hidden, value: version.id)]
                + split.models.enumerated().map { index, choice in
                    Question.Field(
                        name: "weight-\(index)",
                        label: choice.name ?? choice.model.name,
                        hint: index == 0 ? "champion" : "challenger",
                        value: Numbers.exact(choice.weight)
                    )
                },
            place: .experiments,
            trail: Self.trail(name, "experiment"),
            code: [
                CodeLine(
                    curl: Self.curl(pipeline.definition(of: version)),
                    python: pipeline.version.id == version.id ? Self.python(pipeline, index, split) : "",
                    roost: ""
                )
            ]
        )
    }

    private static func curl(_ definition: PipelineDefinition) -> String {
        let path = "/v1/pipelines/\(definition.name)"
        return Quoted.curl("PUT", path, Quoted.body(definition)) + " && "
            + Quoted.curl("PUT", path + "/deployment", "{}")
    }

    /// Empty if the choices have names, which the SDK does not keep.
    private static func python(_ pipeline: Pipeline, _ index: Int, _ split: RandomSplit) -> String {
        guard split.models.allSatisfy({ $0.name == nil }) else { return "" }
        let pairs = split.models.map { choice in
            let model = [choice.model.name, choice.model.version].compactMap(\.self).map { Quoted.json($0) }
            return "(\(Numbers.exact(choice.weight)), client.model_by_name(\(model.joined(separator: ", "))))"
        }
        let key = split.hashKey.map { ", hash_key=\(Quoted.json($0))" } ?? ""
        return ModelPages.python(pipeline.workspace)
            + "client.build_pipeline(\"\(pipeline.name)\").replace_with_random_split(\(index), "
            + "[\(pairs.joined(separator: ", "))]\(key)).deploy()"
    }

    func setWeights(_ request: PageRequest) async throws -> String {
        let (pipeline, version) = try await api.running(request.parameter("pipeline"))
        guard version.id == request.field("version") else {
            throw RoostError(
                .conflict,
                "Another version of '\(pipeline.name)' answers now. Look at its weights first."
            )
        }
        guard case (let index, var split)? = version.split else {
            throw RoostError(.conflict, "The version of '\(pipeline.name)' that answers has no random split.")
        }
        for choice in split.models.indices {
            let field = "weight-\(choice)"
            guard let weight = Double(request.field(field)), weight.isFinite, weight >= 0 else {
                throw RoostError(.invalidInput, "A weight is a number of at least 0.", field: field)
            }
            split.models[choice].weight = weight
        }
        var steps = version.steps
        steps[index] = .randomSplit(split)
        let definition = PipelineDefinition(
            name: pipeline.name,
            workspace: pipeline.workspace,
            steps: steps,
            validations: version.validations,
            monitoring: version.monitoring
        )
        let path = "/v1/pipelines/\(ConsoleAPI.escaped(pipeline.name))"
        let defined = try await api.send(.put, path, definition, as: Pipeline.self)
        try await api.perform(.put, path + "/deployment", NewDeployment(version: defined.version.id))
        return Links.page("pipelines", pipeline.name)
    }
}

extension PipelineVersion {
    /// The names of the models that are compared, the champion's first.
    var comparedModels: [String] {
        steps.lazy.map(\.comparedNames).first { $0.count > 1 } ?? []
    }
}
