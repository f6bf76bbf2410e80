import Definitions
import Foundation
public import Mustache

/// An empty string counts as absent, so a template shows what is around a text only if there is one.
extension String: @retroactive MustacheCustomRenderable {
    public var renderText: String { self }
    public var isNull: Bool { isEmpty }
}

/// Text in a page. The library's own escapes miss a quotation mark that has a combining mark behind it, which is another character to
/// Swift, but ends an attribute.
private struct PageText: MustacheContentType {
    func escapeText(_ text: String) -> String {
        guard text.utf8.contains(where: { Self.escape(of: $0) != nil }) else { return text }
        var escaped: [UInt8] = []
        escaped.reserveCapacity(text.utf8.count + 32)
        for byte in text.utf8 {
            if let escape = Self.escape(of: byte) {
                escaped.append(contentsOf: escape.utf8)
            } else {
                escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    private static func escape(of byte: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        default: nil
        }
    }
}

/// The templates of the pages, which are part of the program.
struct Templates: Sendable {
    private let library: MustacheLibrary

    init() throws {
        MustacheContentTypes.register(PageText(), named: Self.pageText)
        var templates: [String: MustacheTemplate] = [:]
        for (name, bytes) in Self.sources {
            // Each template says what it is, because a template within another is HTML again.
            let text = "{{% CONTENT_TYPE:\(Self.pageText)}}" + String(decoding: bytes, as: UTF8.self)
            templates[name] = try MustacheTemplate(string: text)
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

    private static let pageText = "PAGE"

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
        "configurations": PackageResources.configurations_mustache,
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
