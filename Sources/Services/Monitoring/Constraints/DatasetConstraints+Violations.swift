import Statistics

extension DatasetConstraints {
    /// Compares a dataset with the constraints.
    ///
    /// - Parameters:
    ///   - current: The dataset, made of its rows: a profile from a file does not know which values were of which type.
    ///   - baseline: That of the dataset that the constraints are of. Without it, distributions are not compared.
    package func violations(of current: DatasetProfile, baseline: DatasetProfile?) -> ConstraintViolations {
        guard monitoringConfig.evaluateConstraints != .disabled else { return ConstraintViolations(violations: []) }
        let columns = columnViolations(current)
        let known = features(of: baseline)
        let values = pairs(current).flatMap { constraints, feature in
            let rules = FeatureRules(monitoringConfig, overrides: constraints.overrides)
            guard rules.isEvaluated else { return [ConstraintViolations.Violation]() }
            let drift = known[constraints.name].flatMap { constraints.drift(of: feature, from: $0, rules) }
            let checks: [(ConstraintViolations.CheckType, String?)] = [
                (.dataType, constraints.typeProblem(feature, rules)),
                (.completeness, constraints.completenessProblem(feature)),
                (.baselineDrift, drift.flatMap { $0.problem }),
                (.categoricalValues, constraints.domainProblem(feature, rules)),
            ]
            return checks.compactMap { type, problem in
                problem.map { .init(featureName: feature.name, checkType: type, description: $0) }
            }
        }
        return ConstraintViolations(violations: columns + values)
    }

    /// Returns how far each column is from the baseline, for metrics: the distance, or the p-value of the test of categories.
    ///
    /// Columns that cannot be compared, or whose comparison is disabled, are left out.
    package func drift(of current: DatasetProfile, from baseline: DatasetProfile) -> [String: Double] {
        let known = features(of: baseline)
        var scores: [String: Double] = [:]
        for (constraints, feature) in pairs(current) {
            let rules = FeatureRules(monitoringConfig, overrides: constraints.overrides)
            guard let other = known[feature.name] else { continue }
            scores[feature.name] = constraints.drift(of: feature, from: other, rules)?.score
        }
        return scores
    }

    private func features(of profile: DatasetProfile?) -> [String: DatasetProfile.Feature] {
        Dictionary((profile?.features ?? []).map { ($0.name, $0) }) { first, _ in first }
    }

    /// The columns that the constraints and a dataset have, in the order of the constraints.
    private func pairs(_ current: DatasetProfile) -> [(Feature, DatasetProfile.Feature)] {
        let columns = features(of: current)
        return features.compactMap { constraints in columns[constraints.name].map { (constraints, $0) } }
    }

    private func columnViolations(_ current: DatasetProfile) -> [ConstraintViolations.Violation] {
        let expected = features.map(\.name)
        let found = current.features.map(\.name)
        func violation(
            _ type: ConstraintViolations.CheckType,
            _ words: (first: String, other: String),
            _ names: [String]
        ) -> [ConstraintViolations.Violation] {
            guard !names.isEmpty else { return [] }
            let description = """
                There are \(words.other) columns in current dataset. Number of columns in current dataset: \(found.count), \
                Number of columns in baseline constraints: \(expected.count). \
                The \(words.other) columns are: \(listed(names)).
                """
            return [.init(featureName: "\(words.first) columns", checkType: type, description: description)]
        }
        let (expectedNames, foundNames) = (Set(expected), Set(found))
        return violation(.missingColumn, ("Missing", "missing"), expected.filter { !foundNames.contains($0) })
            + violation(.extraColumn, ("Extra", "extra"), found.filter { !expectedNames.contains($0) })
    }
}

/// Returns the first names of a list, in quotes.
private func listed(_ names: [String]) -> String {
    let shown = names.prefix(10).map { "'\($0.prefix(80))'" }.joined(separator: ", ")
    return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
}

extension DatasetConstraints.Feature {
    fileprivate func typeProblem(_ feature: DatasetProfile.Feature, _ rules: FeatureRules) -> String? {
        let types = feature.types
        let matching: Int
        switch inferredType {
        case .integral: matching = types.integral
        // A whole number is one of the numbers that a fractional column may have.
        case .fractional: matching = types.integral + types.fractional
        case .string, .unknown: return nil
        }
        guard feature.present > 0 else { return nil }
        let share = Double(matching) / Double(feature.present)
        guard share < rules.typeThreshold else { return nil }
        return """
            Data type match requirement is not met. Expected data type: \(inferredType.rawValue), \
            Expected match: \(percent(rules.typeThreshold)). \
            Observed: Only \(percent(share)) of data is \(inferredType.rawValue).
            """
    }

    fileprivate func completenessProblem(_ feature: DatasetProfile.Feature) -> String? {
        guard let completeness, let share = feature.completeness, share < completeness else { return nil }
        return """
            Data completeness requirement is not met. Expected completeness: \(percent(completeness)). \
            Observed: Only \(percent(share)) of data is complete.
            """
    }

    fileprivate func domainProblem(_ feature: DatasetProfile.Feature, _ rules: FeatureRules) -> String? {
        guard let domains = strings?.domains, !domains.isEmpty, let strings = feature.strings, feature.present > 0
        else {
            return nil
        }
        let matching = Set(domains).reduce(0) { $0 + (strings.counts[$1] ?? 0) }
        let share = Double(matching) / Double(feature.present)
        guard share < rules.domainThreshold else { return nil }
        let known = Set(domains)
        let unknown = strings.counts.filter { !known.contains($0.key) }
        let examples = unknown.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
        return """
            Domain content requirement is not met. Expected match: \(percent(rules.domainThreshold)). \
            Observed: Only \(percent(share)) of data is in the domain.\
            \(examples.isEmpty ? "" : " Unknown values: \(listed(examples)).")
            """
    }

    fileprivate func drift(
        of current: DatasetProfile.Feature,
        from baseline: DatasetProfile.Feature,
        _ rules: FeatureRules
    ) -> FeatureDrift? {
        guard rules.comparesDistributions else { return nil }
        return inferredType.isNumeric
            ? FeatureDrift(numbersOf: current, baseline, rules) : FeatureDrift(categoriesOf: current, baseline, rules)
    }
}

/// Returns a share as SageMaker writes it: `99.46949602122016%`.
private func percent(_ share: Double) -> String { "\(share * 100)%" }
