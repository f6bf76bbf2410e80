import Definitions
import NativeAPI

extension ConsoleAPI {
    /// What a version of a pipeline takes and returns, as far as its models say. Nothing is known of the inputs of a pipeline that
    /// begins with a function, nor of the outputs of one that ends with a function.
    func signature(of version: PipelineVersion, in workspace: String) async -> Signature {
        let first = version.steps.first?.models.first
        let last = version.steps.last?.models.first
        let taken = await signature(of: first, in: workspace)
        let returned = last == first ? taken : await signature(of: last, in: workspace)
        return Signature(inputs: taken?.inputs ?? [], outputs: returned?.outputs ?? [])
    }

    func signature(of model: ModelReference?, in workspace: String) async -> Signature? {
        guard let model, let version = model.version else { return nil }
        let path = "/v1/models/\(Self.escaped(model.name))/versions/\(Self.escaped(version))"
        return try? await get(path, ["workspace": workspace], as: ModelVersion.self).signature
    }
}
