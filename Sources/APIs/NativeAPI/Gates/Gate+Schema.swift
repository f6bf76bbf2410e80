package import Definitions

extension Gate: WireType {
    package static let schema = Schema.object(
        [
            "pipeline": .name, "suites": .list(.name), "created_at": .time, "updated_at": .time,
            "overrides": .list(of: GateOverride.self),
        ],
        optional: ["by": .string()]
    )
}

extension GateOverride: WireType {
    package static let schema = Schema.object(
        [
            "model": .described("The exact version, as NAME@VERSION.", .string()), "reason": .string(),
            "created_at": .time,
            "problems": .list(.described("What the version did not pass at that time.", .string())),
        ],
        optional: ["by": .string()]
    )
}

extension GateVerdict: WireType {
    package static let schema = Schema.object([
        "pipeline": .name, "workspace": .name, "model": .described("The exact version, as NAME@VERSION.", .string()),
        "admitted": .boolean, "problems": .list(.described("What the version does not pass.", .string())),
    ])
}

extension GateDefinition: WireType {
    package static let schema = Schema.object(["suites": .list(.name)], optional: ["by": .string()])
}

extension GateOverrideRequest: WireType {
    package static let schema = Schema.object(
        ["model": .described("A model version, as NAME@VERSION.", .string()), "reason": .string()],
        optional: ["by": .string()]
    )
}

extension GateList: WireType {
    package static let schema = Schema.object(
        ["gates": .list(of: Gate.self), "total": .integer(min: 0)],
        optional: [
            "verdicts": .described(
                "What these gates say about the newest versions of the first models of their pipelines.",
                .list(of: GateVerdict.self)
            )
        ]
    )
}
