import DataFolder
import Definitions
import Endpoints
import Events
import Foundation
import InferenceLog
import Loops
import Monitoring
import Runtimes
import Serving
import Synchronization

/// Writes the metrics in Prometheus's text format.
///
/// - Source: Prometheus, *Exposition formats*, text format 0.0.4.
struct MetricsPage {
    private var text = ""

    static func render(_ folder: DataFolder) async -> String {
        let serving = folder.serving
        var page = MetricsPage()
        let pipelines = await serving.metrics()
        page.family("roost_requests_total", "counter", "Inferences that succeeded.")
        for metrics in pipelines {
            page.sample("roost_requests_total", labels(metrics), metrics.requests.load(ordering: .relaxed))
        }
        page.family("roost_errors_total", "counter", "Inferences that were refused or failed, by error code.")
        for metrics in pipelines {
            for (code, count) in metrics.errorCounts().sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                page.sample("roost_errors_total", labels(metrics) + [("code", code.rawValue)], count)
            }
        }
        page.family(
            "roost_overhead_seconds",
            "histogram",
            "Time from a request's last byte to its response, without the models."
        )
        for metrics in pipelines { page.histogram("roost_overhead_seconds", labels(metrics), metrics.overhead) }
        page.family("roost_model_run_seconds", "histogram", "Time spent in a model for one request.")
        page.models(pipelines) { $0.histogram("roost_model_run_seconds", $1, $2.runTime) }
        page.family("roost_check_failures_total", "counter", "Outputs of a model that failed a validation.")
        page.models(pipelines) {
            $0.sample("roost_check_failures_total", $1, $2.failedValidations.load(ordering: .relaxed))
        }
        page.family("roost_challenger_failures_total", "counter", "Runs of a challenger that failed or timed out.")
        page.models(pipelines) {
            $0.sample("roost_challenger_failures_total", $1, $2.failedRuns.load(ordering: .relaxed))
        }
        page.releases(await folder.releases.openReleases())
        page.queues(serving)
        page.log(serving)
        // The other metrics matter most when the catalog cannot be read.
        if let counts = try? await folder.events.counts() { page.events(counts) }
        if let webhooks = try? await folder.webhooks.webhooks() { page.webhooks(webhooks) }
        if let assays = try? await folder.assays.assays() { page.assays(assays) }
        page.loops(await folder.loops.activity())
        page.process()
        return page.text
    }

    private mutating func releases(_ releases: [ReleaseStatus]) {
        family("roost_release_share", "gauge", "Share of the requests that the candidate of a release answers.")
        for status in releases {
            sample("roost_release_share", [("pipeline", status.release.pipeline)], status.stage?.share ?? 0)
        }
        family(
            "roost_release_evidence",
            "gauge",
            "Evidence that the candidate breaks a guardrail, as a share of what rolls the release back."
        )
        for status in releases {
            // Two guardrails on one metric would be the same series.
            let worst = Dictionary(
                status.guardrails.map { ($0.metric.metric.metric, $0.evidence / $0.bound) },
                uniquingKeysWith: max
            )
            for (guardrail, evidence) in worst.sorted(by: { $0.key < $1.key }) {
                let labels = [("pipeline", status.release.pipeline), ("guardrail", guardrail)]
                sample("roost_release_evidence", labels, evidence)
            }
        }
    }

    private mutating func assays(_ assays: [Assay]) {
        func labels(_ assay: Assay) -> Labels { [("assay", assay.name), ("pipeline", assay.definition.pipeline)] }
        family("roost_assay_score", "gauge", "Score of an assay's last window.")
        for assay in assays {
            if let score = assay.last?.score { sample("roost_assay_score", labels(assay), score) }
        }
        family("roost_assay_level", "gauge", "What enough of an assay's last windows say: 0 ok, 1 warning, 2 alert.")
        for assay in assays where !assay.definition.isPaused {
            let level = [AssayResult.Status.ok: 0, .warning: 1, .alert: 2][assay.level]
            if let level { sample("roost_assay_level", labels(assay), level) }
        }
    }

    private mutating func loops(_ loops: [(loop: String, pipeline: String, isRunning: Bool)]) {
        family("roost_loop_running", "gauge", "Whether a run of a loop is in progress: 0 or 1.")
        for loop in loops {
            sample("roost_loop_running", [("loop", loop.loop), ("pipeline", loop.pipeline)], loop.isRunning ? 1 : 0)
        }
    }

    private mutating func queues(_ serving: Serving) {
        let pools = [("inference", serving.pool), ("challenger", serving.challengerPool)]
        family("roost_queue_length", "gauge", "Requests waiting for a thread.")
        for (name, pool) in pools { sample("roost_queue_length", [("pool", name)], pool.waitingCount) }
        family("roost_pool_running", "gauge", "Threads running a model.")
        for (name, pool) in pools { sample("roost_pool_running", [("pool", name)], pool.runningCount) }
    }

    private mutating func log(_ serving: Serving) {
        let counters = serving.log.counters()
        family("roost_log_entries_accepted_total", "counter", "Entries submitted to the log.")
        sample("roost_log_entries_accepted_total", [], counters.accepted)
        family("roost_log_entries_logged_total", "counter", "Entries written to the log.")
        sample("roost_log_entries_logged_total", [], counters.logged)
        family("roost_log_entries_dropped_total", "counter", "Entries that were lost, by reason.")
        sample("roost_log_entries_dropped_total", [("reason", "buffer_full")], counters.droppedBufferFull)
        sample("roost_log_entries_dropped_total", [("reason", "write_failed")], counters.droppedWriteFailed)
        family(
            "roost_log_parts_omitted_total",
            "counter",
            "Inputs or outputs omitted from an entry because of their size."
        )
        sample("roost_log_parts_omitted_total", [], counters.omittedParts)
        family("roost_log_buffer_bytes", "gauge", "Bytes waiting to be written to the log.")
        sample("roost_log_buffer_bytes", [], counters.bufferedBytes)
    }

    private mutating func events(_ counts: [EventKind: Int]) {
        family("roost_events_total", "counter", "Events since the server started, by kind.")
        for (kind, count) in counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            sample("roost_events_total", [("kind", kind.rawValue)], count)
        }
    }

    private mutating func webhooks(_ webhooks: [Webhook]) {
        let name = "roost_webhook_deliveries_total"
        family(name, "counter", "Events that were delivered or given up, and failed attempts.")
        for webhook in webhooks {
            let counts = [
                ("delivered", webhook.delivered), ("failed", webhook.failures), ("given_up", webhook.givenUp),
            ]
            for (outcome, count) in counts { sample(name, [("webhook", webhook.name), ("outcome", outcome)], count) }
        }
        family("roost_webhook_pending", "gauge", "Events waiting to be delivered.")
        for webhook in webhooks { sample("roost_webhook_pending", [("webhook", webhook.name)], webhook.pending) }
    }

    private mutating func process() {
        let usage = ProcessUsage.current()
        family("process_cpu_seconds_total", "counter", "CPU time of the process, user and system.")
        text += "process_cpu_seconds_total \(usage.cpuSeconds)\n"
        family("process_resident_memory_bytes", "gauge", "Resident memory of the process.")
        sample("process_resident_memory_bytes", [], usage.residentBytes)
    }

    // MARK: Format

    private typealias Labels = [(name: String, value: String)]

    /// A model that is called directly is counted apart from the pipelines, under a name that begins with `@`.
    private static func labels(_ metrics: PipelineMetrics) -> Labels { [("pipeline", metrics.pipeline)] }

    private mutating func models(
        _ pipelines: [PipelineMetrics],
        _ body: (inout MetricsPage, Labels, ModelMetrics) -> Void
    ) {
        for metrics in pipelines {
            for model in metrics.allModels() {
                body(&self, Self.labels(metrics) + [("model", model.model), ("version", model.version)], model)
            }
        }
    }

    private mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func sample(_ name: String, _ labels: Labels, _ value: some Numeric & CustomStringConvertible) {
        text += "\(name)\(Self.format(labels)) \(value)\n"
    }

    private mutating func histogram(_ name: String, _ labels: Labels, _ histogram: Histogram) {
        let (counts, sum) = histogram.cumulative()
        for (bound, count) in zip(Histogram.bounds, counts) {
            sample(name + "_bucket", labels + [("le", "\(Double(bound) / 1e9)")], count)
        }
        let total = counts.last ?? 0
        sample(name + "_bucket", labels + [("le", "+Inf")], total)
        text += "\(name)_sum\(Self.format(labels)) \(Double(sum) / 1e9)\n"
        sample(name + "_count", labels, total)
    }

    /// Values are validated names, UUIDs and numbers, so nothing in them needs escaping.
    private static func format(_ labels: Labels) -> String {
        labels.isEmpty ? "" : "{" + labels.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ",") + "}"
    }
}

/// Resource usage of this process, as the operating system reports it.
struct ProcessUsage {
    var cpuSeconds: Double
    var residentBytes: Int

    static func current() -> ProcessUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
            .dropFirst().first
        return ProcessUsage(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            residentBytes: (pages.flatMap { Int($0) } ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
        )
    }
}
