import Catalog
import Definitions
import Foundation
import TestSupport

/// Calls `body` with an empty catalog and its path.
func withCatalog(_ body: (_ catalog: Catalog, _ path: String) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
        let path = folder + "/roost.sqlite"
        try await body(try Catalog(path: path), path)
    }
}

extension Date {
    /// Returns a time; the catalog stores microseconds.
    static func at(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 1_700_000_000 + seconds) }
}

extension Catalog {
    @discardableResult
    func define(
        _ name: String = "p",
        in workspace: String = Workspace.defaultName,
        _ models: String...,
        validations: [Validation] = [],
        mustBeNew: Bool = false,
        at time: Date = .at(0)
    ) async throws -> Definition {
        try await define(
            PipelineDefinition(
                name: name,
                steps: models.map { .model(ModelReference(name: $0)) },
                validations: validations
            ),
            in: workspace,
            mustBeNew: mustBeNew,
            at: time
        )
    }

    /// Records that a version of `p` answers, or that none does.
    @discardableResult
    func deploy(_ version: String, _ isDeployed: Bool = true, of pipeline: String = "p", at time: Date = .at(0))
        async throws
        -> String?
    {
        let kind: EventKind = isDeployed ? .pipelineDeployed : .pipelineUndeployed
        return try await setDeployment(
            of: pipeline,
            version: version,
            deployed: isDeployed,
            isGated: isDeployed,
            at: time,
            event: NewEvent(kind, on: .init(.pipeline, pipeline), version, at: time)
        )
    }

    func define(steps: [Step]) async throws -> Definition {
        try await define(
            PipelineDefinition(name: "p", steps: steps),
            in: Workspace.defaultName,
            mustBeNew: false,
            at: .at(0)
        )
    }
}

/// Returns the error that `body` throws.
func roostError(_ body: () async throws -> Void) async -> RoostError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? RoostError
    }
}
