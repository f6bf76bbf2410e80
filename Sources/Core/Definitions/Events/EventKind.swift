/// What can happen. The part before the dot is its group.
public enum EventKind: String, Sendable, Hashable, Codable, CaseIterable {
    case pipelineDeployed = "pipeline.deployed"
    case pipelineDeploymentFailed = "pipeline.deployment_failed"
    case pipelineUndeployed = "pipeline.undeployed"
    case pipelinePromoted = "pipeline.promoted"
    case pipelineRolledBack = "pipeline.rolled_back"
    case releaseStarted = "release.started"
    case releaseStage = "release.stage"
    case releasePaused = "release.paused"
    case releaseResumed = "release.resumed"
    case releasePromoted = "release.promoted"
    case releaseRolledBack = "release.rolled_back"
    case releaseAborted = "release.aborted"
    case releaseFailed = "release.failed"
    case reportVerdict = "report.verdict"
    case assayWarning = "assay.warning"
    case assayAlert = "assay.alert"
    case assayRecovered = "assay.recovered"
    case endpointInService = "endpoint.in_service"
    case endpointUpdateFailed = "endpoint.update_failed"
    case endpointDeleted = "endpoint.deleted"
    case jobCompleted = "job.completed"
    case jobFailed = "job.failed"
    case jobStopped = "job.stopped"
    case gateSet = "gate.set"
    case gateRemoved = "gate.removed"
    case gateRefused = "gate.refused"
    case gateOverridden = "gate.overridden"
    case suitePassed = "suite.passed"
    case suiteFailed = "suite.failed"
    case limitReached = "limit.reached"
    case monitoringAlert = "monitoring.alert"
    case monitoringAlertEnded = "monitoring.alert_ended"
    case monitoringFailed = "monitoring.failed"
    case loopStarted = "loop.started"
    case loopStep = "loop.step"
    case loopFinished = "loop.finished"
    case loopFailed = "loop.failed"
    /// Sent to try a webhook. It is not kept.
    case webhookTest = "webhook.test"

    /// Returns the kinds that a pattern stands for: a kind, or a group such as `release.*`.
    ///
    /// - Throws: ``RoostError`` if it stands for none.
    public static func matching(_ pattern: String, field: String) throws(RoostError) -> [EventKind] {
        let found = allCases.filter { kind in
            kind.rawValue == pattern || pattern.hasSuffix(".*") && kind.rawValue.hasPrefix(pattern.dropLast())
        }
        guard !found.isEmpty else {
            let known = allCases.map(\.rawValue).joined(separator: ", ")
            throw RoostError(
                .invalidInput,
                "Unknown kind of event '\(pattern.prefix(80))'. Expected a group such as release.*, or one of: \(known).",
                field: field
            )
        }
        return found
    }
}
