import Definitions
import Foundation
public import Mustache

/// An empty string counts as absent, so a template shows what is around a text only if there is one.
extension String: @retroactive MustacheCustomRenderable {
    public var renderText: String { self }
    public var isNull: Bool { isEmpty }
}

/// The templates of the pages, which are part of the program.
struct Templates: Sendable {
    private let library: MustacheLibrary

    init() throws {
        var templates: [String: MustacheTemplate] = [:]
        for (name, bytes) in Self.sources {
            templates[name] = try MustacheTemplate(string: String(decoding: bytes, as: UTF8.self))
        }
        library = MustacheLibrary(templates: templates)
    }

    /// - Throws: ``RoostError`` if there is no such template, which is a mistake in the program.
    func render(_ name: String, _ shell: Shell) throws(RoostError) -> [UInt8] {
        guard let text = library.render(Fields.of(shell) as Any, withTemplate: name) else {
            throw RoostError(.internalError, "There is no template '\(name)'.")
        }
        return Array(text.utf8)
    }

    private static let sources: [String: [UInt8]] = [
        "apis": PackageResources.apis_mustache,
        "assay": PackageResources.assay_mustache,
        "assay-preview": PackageResources.assay_preview_mustache,
        "badge": PackageResources.badge_mustache,
        "bucket": PackageResources.bucket_mustache,
        "buckets": PackageResources.buckets_mustache,
        "code": PackageResources.code_mustache,
        "comparison-evidence": PackageResources.comparison_evidence_mustache,
        "comparison-guards": PackageResources.comparison_guards_mustache,
        "courses": PackageResources.courses_mustache,
        "definition": PackageResources.definition_mustache,
        "detail": PackageResources.detail_mustache,
        "drift": PackageResources.drift_mustache,
        "endpoint": PackageResources.endpoint_mustache,
        "endpoints": PackageResources.endpoints_mustache,
        "event-list": PackageResources.event_list_mustache,
        "events": PackageResources.events_mustache,
        "experiment": PackageResources.experiment_mustache,
        "experiments": PackageResources.experiments_mustache,
        "field": PackageResources.field_mustache,
        "function": PackageResources.function_mustache,
        "functions": PackageResources.functions_mustache,
        "home": PackageResources.home_mustache,
        "job": PackageResources.job_mustache,
        "jobs": PackageResources.jobs_mustache,
        "log": PackageResources.log_mustache,
        "log-choice": PackageResources.log_choice_mustache,
        "log-entry": PackageResources.log_entry_mustache,
        "loop": PackageResources.loop_mustache,
        "loop-run": PackageResources.loop_run_mustache,
        "loop-steps": PackageResources.loop_steps_mustache,
        "loops": PackageResources.loops_mustache,
        "model": PackageResources.model_mustache,
        "models": PackageResources.models_mustache,
        "moment": PackageResources.moment_mustache,
        "need": PackageResources.need_mustache,
        "needs": PackageResources.needs_mustache,
        "page": PackageResources.page_mustache,
        "pager": PackageResources.pager_mustache,
        "pipeline": PackageResources.pipeline_mustache,
        "pipeline-table": PackageResources.pipeline_table_mustache,
        "pipelines": PackageResources.pipelines_mustache,
        "problem": PackageResources.problem_mustache,
        "question": PackageResources.question_mustache,
        "release": PackageResources.release_mustache,
        "release-plan": PackageResources.release_plan_mustache,
        "releases": PackageResources.releases_mustache,
        "search": PackageResources.search_mustache,
        "shadow": PackageResources.shadow_mustache,
        "shadows": PackageResources.shadows_mustache,
        "step-box": PackageResources.step_box_mustache,
        "steps": PackageResources.steps_mustache,
        "suite": PackageResources.suite_mustache,
        "suites": PackageResources.suites_mustache,
        "trials": PackageResources.trials_mustache,
        "try-it": PackageResources.try_it_mustache,
        "version-table": PackageResources.version_table_mustache,
        "versions": PackageResources.versions_mustache,
    ]
}
