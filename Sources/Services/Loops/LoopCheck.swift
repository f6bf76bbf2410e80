import Catalog
import Definitions
import Endpoints
import Jobs
import Monitoring
import Platform

/// What a loop says is there, and the loop does not start itself.
extension LoopService {
    /// Checks a definition without changing anything.
    ///
    /// - Returns: The definition with the name of the model.
    /// - Throws: ``RoostError`` that names the first field that is wrong.
    func check(_ name: String, _ definition: LoopDefinition) async throws -> LoopDefinition {
        if let given = definition.name, given != name {
            throw RoostError(.invalidInput, "The definition is that of loop '\(given.prefix(80))'.", field: "name")
        }
        var checked = definition
        checked.name = nil
        let pipeline = try await platform.pipeline(named: definition.pipeline)
        let trigger = try LoopTrigger(definition.when)
        try await checkExists(definition.when)
        if let cooldown = definition.cooldown, !(1...LoopTrigger.longest).contains(cooldown.seconds) {
            throw RoostError(.invalidInput, "'cooldown' must be from 1s to 52w.", field: "cooldown")
        }
        let steps = definition.then
        guard !steps.kinds.isEmpty else {
            throw RoostError(
                .invalidInput,
                "A loop must do something: declare at least one of build, train, test, replay, shadow, canary, promote, tell.",
                field: "then"
            )
        }
        if let build = steps.build {
            try await inside("then.build") { try await monitoring.check(build, of: pipeline.name) }
        }
        if steps.train != nil || definition.model != nil {
            checked.model = try Self.model(definition.model, in: pipeline)
        }
        try await checkTraining(steps, name)
        try await checkTests(steps, pipeline, model: checked.model)
        try await checkRelease(steps, pipeline, model: checked.model)
        if let tell = steps.tell {
            try await inside("then.tell") { () throws(RoostError) in _ = try LoopMessage(tell) }
        }
        try await checkFeeds(trigger, checked, name)
        try await checkChain(trigger, checked, name)
        return checked
    }

    private func checkExists(_ trigger: LoopDefinition.Trigger) async throws {
        if let assay = trigger.assay {
            try Name.check(assay, what: "assay name", field: "when.assay")
            guard try await catalog.assay(named: assay) != nil else {
                throw RoostError(.notFound, "Assay '\(assay)' does not exist.", field: "when.assay")
            }
        }
        if let gate = trigger.gate {
            try await inside("when.gate") { _ = try await platform.pipeline(named: gate) }
        }
        if let suite = trigger.suite { try await checkSuite(suite, field: "when.suite") }
    }

    /// The model of a pipeline that a loop trains.
    static func model(_ name: String?, in pipeline: Pipeline) throws(RoostError) -> String {
        var names: [String] = []
        for model in pipeline.version.steps.flatMap(\.models) where !names.contains(model.name) {
            names.append(model.name)
        }
        if let name {
            guard names.contains(name) else {
                throw RoostError(
                    .invalidInput,
                    "Pipeline '\(pipeline.name)' has no model '\(name.prefix(80))'. It has: \(names.joined(separator: ", ")).",
                    field: "model"
                )
            }
            return name
        }
        guard let first = names.first, names.count == 1 else {
            throw RoostError(
                .invalidInput,
                names.isEmpty
                    ? "Pipeline '\(pipeline.name)' has no model."
                    : "Pipeline '\(pipeline.name)' has several models: \(names.joined(separator: ", ")). Name the one that the "
                        + "loop trains.",
                field: "model"
            )
        }
        return first
    }

    // MARK: Steps

    private func checkTraining(_ steps: LoopDefinition.Steps, _ name: String) async throws {
        guard let template = steps.train else {
            let dependent = [("test", steps.test != nil), ("promote", steps.hasRelease)].first { $0.1 }
            if let dependent {
                throw RoostError(
                    .invalidInput,
                    "The steps after 'train' need it: there is no new version without it.",
                    field: "then.\(dependent.0)"
                )
            }
            return
        }
        guard template.name.isEmpty else {
            throw RoostError(
                .invalidInput,
                "The training job of a loop has no name: each run makes one.",
                field: "then.train.name"
            )
        }
        var definition = template
        definition.name = Self.job(of: name, run: String(repeating: "0", count: 36))
        // The data of the first run does not exist yet.
        if steps.build != nil { definition.channels.removeAll { Self.builtChannels.contains($0.name) } }
        guard steps.build != nil || definition.channels.contains(where: { $0.name == "train" }) else {
            throw RoostError(
                .invalidInput,
                "Without 'build', the training job needs a channel 'train'.",
                field: "then.train.channels"
            )
        }
        try await inside("then.train") { [jobs, definition] in try await jobs.checkTraining(definition) }
    }

    static let builtChannels = ["train", "validation"]

    private func checkRelease(_ steps: LoopDefinition.Steps, _ pipeline: Pipeline, model: String?) async throws {
        let candidate = ModelReference(name: model ?? "")
        guard let release = steps.release(of: candidate, in: pipeline.name, replaces: model) else { return }
        do {
            try await releases.checkBeforeCandidate(release)
        } catch let error as RoostError {
            let field =
                switch error.field {
                case "replay", "promote", "shadow": "then.\(error.field ?? "")"
                case let field? where field.hasPrefix("shadow."): "then.\(field)"
                case "pipeline", "replaces", nil: error.field
                case let field?: "then.canary.\(field)"
                }
            throw RoostError(error.code, error.message, field: field)
        }
    }

    /// Runs a check, and says in which part of the definition the field is.
    func inside(_ place: String, _ check: () async throws -> Void) async throws {
        do {
            try await check()
        } catch let error as JobRejection {
            let error = RoostError(error)
            throw RoostError(error.code, error.message, field: error.field.map { "\(place).\($0)" } ?? place)
        } catch let error as RoostError {
            // The pipeline is a field of the loop itself.
            if error.field == "pipeline", place != "when.gate" { throw error }
            let isSame = error.field == nil || place.hasSuffix(".gate") || place.hasSuffix(".tell")
            throw RoostError(error.code, error.message, field: isSame ? place : "\(place).\(error.field ?? "")")
        }
    }
}
