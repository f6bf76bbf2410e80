/// What a dataset must satisfy: `constraints.json` of SageMaker Model Monitor.
package struct DatasetConstraints: Codable, Equatable, Sendable {
    package var version = 0.0
    package var features: [Feature]
    package var monitoringConfig = MonitoringConfig()

    package init(features: [Feature]) { self.features = features }

    enum CodingKeys: String, CodingKey {
        case version, features
        case monitoringConfig = "monitoring_config"
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        version = try fields.decodeIfPresent(Double.self, forKey: .version) ?? 0
        features = try fields.decode([Feature].self, forKey: .features)
        monitoringConfig =
            try fields.decodeIfPresent(MonitoringConfig.self, forKey: .monitoringConfig) ?? MonitoringConfig()
    }
}

extension DatasetConstraints {
    /// What a column must satisfy.
    package struct Feature: Codable, Equatable, Sendable {
        package var name: String
        package var inferredType: DatasetProfile.InferredType
        /// The least share of rows with a value.
        package var completeness: Double?
        package var numbers: NumberConstraints?
        package var strings: StringConstraints?
        /// Settings that differ for this column.
        package var overrides: MonitoringConfig?

        enum CodingKeys: String, CodingKey {
            case name, completeness
            case inferredType = "inferred_type"
            case numbers = "num_constraints"
            case strings = "string_constraints"
            case overrides = "monitoringConfigOverrides"
            case otherOverrides = "monitoring_config_overrides"
        }

        package init(name: String, inferredType: DatasetProfile.InferredType) {
            self.name = name
            self.inferredType = inferredType
        }

        package init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            name = try fields.decode(String.self, forKey: .name)
            inferredType = try fields.decode(DatasetProfile.InferredType.self, forKey: .inferredType)
            completeness = try fields.decodeIfPresent(Double.self, forKey: .completeness)
            numbers = try fields.decodeIfPresent(NumberConstraints.self, forKey: .numbers)
            strings = try fields.decodeIfPresent(StringConstraints.self, forKey: .strings)
            // The documentation names it in one way, and the SageMaker SDK writes it in another, into the constraints of strings.
            overrides =
                try fields.decodeIfPresent(MonitoringConfig.self, forKey: .overrides)
                ?? fields.decodeIfPresent(MonitoringConfig.self, forKey: .otherOverrides) ?? strings?.overrides
        }

        package func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encode(name, forKey: .name)
            try fields.encode(inferredType, forKey: .inferredType)
            try fields.encodeIfPresent(completeness, forKey: .completeness)
            try fields.encodeIfPresent(numbers, forKey: .numbers)
            try fields.encodeIfPresent(strings, forKey: .strings)
            try fields.encodeIfPresent(overrides, forKey: .overrides)
        }
    }

    package struct NumberConstraints: Codable, Equatable, Sendable {
        /// Whether no value of the baseline is negative. Like in SageMaker, no check reads it.
        package var isNonNegative: Bool

        enum CodingKeys: String, CodingKey { case isNonNegative = "is_non_negative" }
    }

    package struct StringConstraints: Codable, Equatable, Sendable {
        /// The values of the baseline, if they are few.
        package var domains: [String]?
        var overrides: MonitoringConfig?

        package init(domains: [String]?) { self.domains = domains }

        enum CodingKeys: String, CodingKey {
            case domains
            case overrides = "monitoring_config_overrides"
        }
    }
}
