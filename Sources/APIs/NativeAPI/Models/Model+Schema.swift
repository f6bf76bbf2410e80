package import Definitions

extension Model: WireType {
    package static let schema = Schema.object([
        "name": .name, "workspace": .name, "created_at": .time, "versions": .list(of: ModelVersion.self),
    ])
}

extension ModelVersion: WireType {
    package static let schema = Schema.object(
        [
            "id": .uuid, "model": .name, "workspace": .name, "framework": .choice(of: Framework.self),
            "sha256": .string(), "byte_count": .integer(), "signature": .reference(Signature.self),
            "tags": .list(.string()), "created_at": .time,
        ],
        optional: [
            "algorithm": .string(), "algorithm_version": .string(), "code_sha256": .string(),
            "environment": .map(.string()), "image": .string(), "boosting": .reference(Boosting.self),
        ]
    )
}

extension Signature: WireType {
    package static let schema = Schema.object([
        "inputs": .list(of: TensorSpec.self), "outputs": .list(of: TensorSpec.self),
    ])
}

extension TensorSpec: WireType {
    package static let schema = Schema.object(
        ["name": .string(), "datatype": .string(), "shape": .list(.integer(min: -1))],
        optional: ["feature_names": .list(.string()), "any_rank": .boolean]
    )
}

extension Boosting: WireType {
    package static let schema = Schema.object(
        ["rounds": .integer(), "trees": .choice(of: TreeSelection.self)],
        optional: ["best_iteration": .integer()]
    )
}
