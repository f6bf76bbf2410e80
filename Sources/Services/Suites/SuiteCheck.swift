import Definitions
import Functions
import Monitoring
import Platform
import Tensors
import WorkThreads

/// Checks a suite against what the server has, before it is stored.
struct SuiteCheck: Sendable {
    let platform: Platform
    let functions: FunctionService

    /// Returns the model whose versions are tested, and its workspace.
    ///
    /// - Throws: ``RoostError`` that names the first field that is wrong.
    func subject(_ definition: SuiteDefinition) async throws -> (model: String, workspace: String) {
        if let name = definition.champion { _ = try await pipeline(name, field: "champion") }
        guard let name = definition.pipeline else {
            let workspace = definition.workspace ?? Workspace.defaultName
            let model = definition.model ?? ""
            _ = try await platform.model(named: model, in: workspace)
            return (model, workspace)
        }
        let pipeline = try await pipeline(name, field: "pipeline")
        let models = pipeline.version.steps.compactMap(\.models.first?.name)
        let names = models.joined(separator: ", ")
        if let replaces = definition.replaces {
            guard models.filter({ $0 == replaces }).count == 1 else {
                throw RoostError(
                    .invalidInput,
                    "Pipeline '\(name)' has no single model '\(replaces)' that answers. Its models: \(names).",
                    field: "replaces"
                )
            }
            return (replaces, pipeline.workspace)
        }
        guard let only = models.first, models.count == 1 else {
            throw RoostError(
                .invalidInput,
                "Pipeline '\(name)' has several models. Name the one that is tested: one of \(names).",
                field: "replaces"
            )
        }
        return (only, pipeline.workspace)
    }

    private func pipeline(_ name: String, field: String) async throws -> Pipeline {
        do {
            return try await platform.pipeline(named: name)
        } catch let error as RoostError {
            throw RoostError(error.code, error.message, field: field)
        }
    }

    /// Checks that the cases fit the version that answers in the pipeline, or the newest one, and that their data sets can be read.
    func check(_ suite: Suite) async throws {
        let place = try await SuitePlace(suite, platform)
        let reference = place.pipeline?.site.champion ?? ModelReference(name: suite.model)
        let version = try await platform.modelVersion(reference, in: suite.workspace)
        try SuiteRunner.checkServed(suite.definition, version)
        let inputs = place.inputs ?? version.signature.inputs
        let outputs = place.outputs ?? version.signature.outputs
        for (index, each) in suite.definition.cases.enumerated() {
            do {
                try await check(each, inputs, outputs, field: "cases[\(index)].\(each.kind.rawValue)")
            } catch let error as RoostError {
                throw RoostError(error.code, "Case '\(each.name)': \(error.message)", field: error.field)
            }
        }
    }

    private func check(
        _ each: SuiteCase,
        _ inputs: [TensorSpec],
        _ outputs: [TensorSpec],
        field: String
    ) async throws {
        switch each.check {
        case .golden(let golden):
            _ = try SuiteInputs.inputs(golden.inputs, inputs, field: "\(field).inputs")
            _ = try SuiteInputs.outputs(golden.outputs, outputs, field: "\(field).outputs")
        case .quality(let quality):
            _ = try OutputSelection(quality.output, of: outputs, field: "\(field).output")
            for uri in quality.data { try await checkData(uri, inputs, field: "\(field).data") }
        case .latency(let latency):
            if let row = latency.inputs {
                _ = try SuiteInputs.inputs(row, inputs, field: "\(field).inputs")
            } else {
                for size in latency.batches ?? [1] {
                    _ = try SuiteInputs.zeros(inputs, count: size, field: "\(field).batches")
                }
            }
        case .behavior(let behavior):
            _ = try OutputSelection(behavior.output, of: outputs, field: "\(field).output")
            _ = try InputChange(behavior.change, inputs, field: "\(field).change")
            if let rows = behavior.inputs { _ = try SuiteInputs.inputs(rows, inputs, field: "\(field).inputs") }
            if let uri = behavior.data { try await checkData(uri, inputs, field: "\(field).data") }
        case .program(let program):
            _ = try program.step(functions, field: field)
            _ = try SuiteInputs.inputs(program.inputs, inputs, field: "\(field).inputs")
        case .size, .memory: break
        }
    }

    /// Reads the first row.
    private func checkData(_ uri: String, _ inputs: [TensorSpec], field: String) async throws {
        let set = try await SuiteData(uri, as: inputs, in: platform.buckets, field: field)
        try await offload { try set.forEachBatch(upTo: 1, nil) { _ in } }
    }
}
