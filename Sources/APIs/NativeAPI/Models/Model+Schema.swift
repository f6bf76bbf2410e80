package import Definitions

extension Model: WireType {
    package static let schema = Schema.object([
        "name": .name, "workspace": .name, "created_at": .time,
        "versions": .described(
            "All versions, newest first. In pages of a list only the newest.",
            .list(of: ModelVersion.self)
        ), "version_count": .integer(min: 0),
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
            "lineage": .reference(Lineage.self), "suites": .list(of: SuiteVerdict.self),
        ]
    )
}

extension SuiteVerdict: WireType {
    package static let schema = Schema.object(
        [
            "suite": .name, "revision": .integer(min: 1), "outcome": .choice(of: SuiteRun.Outcome.self), "run": .uuid,
        ],
        optional: ["ended_at": .time]
    )
}

extension Lineage: WireType {
    package static let schema = Schema.object(
        ["data": .list(of: DataDigest.self)],
        optional: [
            "job": .object(["kind": .choice(of: JobKind.self), "name": .name], optional: ["tuning_job": .name]),
            "parent": .described("The version before it, as NAME@VERSION.", .string()), "by": .string(),
        ]
    )
}

extension DataDigest: WireType {
    package static let schema = Schema.object([
        "channel": .name, "uri": .string(),
        "sha256": .described(
            "The SHA-256 of what `sha256sum --zero` prints for the objects, in the order of their keys.",
            .string()
        ),
        "objects": .integer(min: 0),
    ])
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
