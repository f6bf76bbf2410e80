package import Definitions

extension AddedLabels: WireType {
    package static let schema = Schema.object(["accepted": .integer(min: 0)])
}

extension GroundTruthSummary: WireType {
    package static let schema = Schema.object(
        [
            "labels": .integer(min: 0), "by_id": .integer(min: 0), "by_key": .integer(min: 0),
            "wait_hours": .number(above: 0),
        ],
        optional: ["oldest": .time, "newest": .time]
    )
}

extension LogDeletion: WireType {
    package static let schema = Schema.described(
        "The entries of one value of a key, an input or a feature.",
        .object(["key": .string(), "value": .string()])
    )
}

extension DeletedEntries: WireType {
    package static let schema = Schema.object(["entries": .integer(min: 0), "labels": .integer(min: 0)])
}
