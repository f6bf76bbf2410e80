package import Definitions
import Foundation
package import Monitoring
package import Platform

/// The operations on what the running pipelines compare.
package struct ComparisonOperations: OperationGroup {
    /// The most comparisons of a page.
    private static let pageLimit = 100
    /// The bins of a histogram.
    private static let bins = 41

    let platform: Platform
    let monitoring: Monitoring

    package init(platform: Platform, monitoring: Monitoring) {
        self.platform = platform
        self.monitoring = monitoring
    }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/comparisons",
            id: "listComparisons",
            "List the experiments and shadow deploys that are running, each with its newest report",
            query: [
                QueryParameter("kind", .choice(["experiment", "shadow"])), .workspaceFilter,
                QueryParameter("limit", .integer(min: 1, max: Self.pageLimit)),
                QueryParameter("offset", .integer(min: 0)),
            ],
            returns: ComparisonList.self
        ) { call in
            let kind = try call.choice("kind", [("experiment", ReportRequest.Kind.experiment), ("shadow", .shadow)])
            let limit = try call.number("limit", 1...Self.pageLimit) ?? Self.pageLimit
            let offset = try call.number("offset", 0...Int(Int32.max)) ?? 0
            return try await list(kind, in: call.workspaceFilter, limit: limit, offset: offset)
        }

        APIOperation(
            .get,
            "/v1/reports/{report}/differences",
            id: "getReportDifferences",
            "Count the differences between the scores that a report on a shadow deploy compares",
            returns: ReportDifferences.self
        ) { call in
            let (report, differences) = try await monitoring.scoreDifferences(of: call.parameter("report"))
            return ReportDifferences(
                report: report.id,
                challengers: zip(report.shadow?.challengers ?? [], differences).map { challenger, differences in
                    ReportDifferences.Challenger(name: challenger.name, counting: differences, bins: Self.bins)
                }
            )
        }
    }

    private func list(
        _ kind: ReportRequest.Kind?,
        in workspace: String?,
        limit: Int,
        offset: Int
    ) async throws -> ComparisonList {
        var found: [Comparison] = []
        let versions = try await platform.comparingVersions(in: workspace)
        for deployment in await platform.deployments()
        where deployment.state == .running || deployment.state == .updating {
            // A pipeline may be deleted meanwhile.
            guard let version = versions[deployment.version] else { continue }
            found += Self.comparisons(of: version, deployment).filter { kind == nil || $0.kind == kind }
        }
        found.sort { ($0.pipeline, $0.kind.rawValue) < ($1.pipeline, $1.kind.rawValue) }
        var page = Array(found.dropFirst(offset).prefix(limit))
        for index in page.indices {
            let kind = page[index].kind
            page[index].report = try? await monitoring.reports(of: page[index].pipeline, kind, limit: 1).first
        }
        return ComparisonList(comparisons: page, total: found.count)
    }

    private static func comparisons(of version: PipelineVersion, _ deployment: Deployment) -> [Comparison] {
        func comparison(_ kind: ReportRequest.Kind, since: Date, _ names: [String]) -> Comparison? {
            guard let champion = names.first, names.count > 1 else { return nil }
            return Comparison(
                pipeline: deployment.pipeline,
                kind: kind,
                version: version.id,
                since: since,
                champion: champion,
                challengers: Array(names.dropFirst())
            )
        }
        var found: [Comparison?] = []
        if let experiment = version.experiment, let index = Experiment.step(in: version.steps) {
            found.append(comparison(.experiment, since: experiment.startedAt, version.steps[index].comparedNames))
        }
        for step in version.steps {
            guard case .shadowDeploy = step else { continue }
            found.append(comparison(.shadow, since: deployment.updatedAt, step.comparedNames))
        }
        return found.compactMap(\.self)
    }
}

extension Step {
    /// The names of the models that the step compares, as in logs and reports, the champion's first. Empty if it compares nothing.
    package var comparedNames: [String] {
        switch self {
        case .randomSplit(let split):
            let models = split.models.map(\.model)
            return split.models.map { $0.name ?? Self.name(of: $0.model, among: models) }
        case .keySplit:
            var seen: Set<ModelReference> = []
            let models = models.filter { seen.insert($0).inserted }
            return models.map { Self.name(of: $0, among: models) }
        case .shadowDeploy(let shadow):
            let challengers = shadow.challengers
            let all = [shadow.champion] + challengers
            return shadow.names ?? [shadow.champion.name] + challengers.map { Self.name(of: $0, among: all) }
        case .model, .function: return []
        }
    }

    private static func name(of model: ModelReference, among models: [ModelReference]) -> String {
        models.contains { $0.name == model.name && $0 != model } ? model.description : model.name
    }
}
