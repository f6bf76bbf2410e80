extension DatasetProfile {
    /// The most values of a column of strings for which they are suggested as its domain.
    package static let maxDomain = 120

    /// The constraints that this dataset, a baseline, satisfies.
    package func suggestedConstraints() -> DatasetConstraints {
        var constraints = DatasetConstraints(features: features.map(\.suggestedConstraints))
        constraints.monitoringConfig = .suggested
        return constraints
    }
}

extension DatasetProfile.Feature {
    fileprivate var suggestedConstraints: DatasetConstraints.Feature {
        var constraints = DatasetConstraints.Feature(name: name, inferredType: inferredType)
        constraints.completeness = completeness
        if inferredType.isNumeric {
            constraints.numbers = numbers?.minimum.map { .init(isNonNegative: $0 >= 0) }
        } else if let strings, strings.counts.count <= DatasetProfile.maxDomain, allCounted {
            constraints.strings = .init(domains: strings.counts.keys.sorted())
        }
        return constraints
    }

    /// Whether each value is among the counted ones.
    var allCounted: Bool { strings.map { $0.counts.values.reduce(0, +) == present } ?? false }
}
