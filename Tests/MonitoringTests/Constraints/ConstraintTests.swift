import Definitions
import Foundation
import Testing

@testable import Monitoring

/// Customers of a phone company, as they were when the model was trained.
struct Customers {
    var rows = 1000
    /// The share of the state that most customers live in, of nine.
    var newState = 0.0
    var missingMinutes = 0.0
    var fractionalCalls = 0.0
    var minutesFactor = 1.0

    /// Fills the columns from a sequence that is the same each time and evenly distributed.
    func profile() throws -> DatasetProfile {
        var profiler = try DatasetProfiler(columns: ["state", "minutes", "calls"])
        let states = ["OH", "NY", "CA", "TX", "WA", "NJ", "FL", "GA", "VA"]
        for row in 0..<rows {
            func share(_ step: Int) -> Double { Double(row * step % 1000) / 1000 }
            let state = share(421) < newState ? "unknown" : states[row % states.count]
            let minutes = (150 + 120 * share(89)) * minutesFactor
            let calls = Double(row % 7)
            try profiler.add([
                .text(state), share(211) < missingMinutes ? .missing : .text("\(minutes)"),
                .text(share(307) < fractionalCalls ? "\(calls + 0.5)" : "\(row % 7)"),
            ])
        }
        return profiler.profile
    }
}

@Suite struct ConstraintTests {
    private static func violations(
        of customers: Customers,
        _ change: (inout DatasetConstraints) -> Void = { _ in }
    ) throws -> [ConstraintViolations.Violation] {
        let baseline = try Customers().profile()
        var constraints = baseline.suggestedConstraints()
        change(&constraints)
        // As they are stored between a baseline and a run.
        let stored = try DatasetConstraints(json: constraints.json())
        let known = try DatasetProfile(json: baseline.json())
        return try stored.violations(of: customers.profile(), baseline: known).violations
    }

    @Test("the suggested constraints are those of SageMaker")
    func suggestions() throws {
        let constraints = try Customers(missingMinutes: 0.1).profile().suggestedConstraints()
        #expect(constraints.features.map(\.name) == ["state", "minutes", "calls"])
        #expect(constraints.features.map(\.inferredType) == [.string, .fractional, .integral])
        #expect(constraints.features[0].strings?.domains == ["CA", "FL", "GA", "NJ", "NY", "OH", "TX", "VA", "WA"])
        #expect(constraints.features[1].numbers?.isNonNegative == true)
        #expect(constraints.features[1].completeness == 0.9)
        let object = try #require(JSONSerialization.jsonObject(with: constraints.json()) as? [String: Any])
        let config = try #require(object["monitoring_config"] as? [String: Any])
        #expect(config["evaluate_constraints"] as? String == "Enabled")
        #expect(config["emit_metrics"] as? String == "Enabled")
        #expect(config["datatype_check_threshold"] as? Double == 1)
        let distributions = try #require(config["distribution_constraints"] as? [String: Any])
        #expect(distributions["comparison_method"] as? String == "Robust")
        #expect(distributions["comparison_threshold"] as? Double == 0.1)
        let features = try #require(object["features"] as? [[String: Any]])
        #expect((features[2]["num_constraints"] as? [String: Bool]) == ["is_non_negative": true])
        #expect(features[0]["num_constraints"] == nil)
    }

    @Test("a column with many values has no domain")
    func manyValues() throws {
        var profiler = try DatasetProfiler(columns: ["id"])
        for row in 0..<121 { try profiler.add([.text("user-\(row)")]) }
        #expect(profiler.profile.suggestedConstraints().features.first?.strings == nil)
    }

    @Test("the baseline has no violations, and neither has more of the same")
    func none() throws {
        #expect(try Self.violations(of: Customers()).isEmpty)
        #expect(try Self.violations(of: Customers(rows: 5000)).isEmpty)
        #expect(try Self.violations(of: Customers(rows: 20)).isEmpty)
    }

    @Test("each change of the data has its violation, in SageMaker's words")
    func changes() throws {
        let types = try Self.violations(of: Customers(fractionalCalls: 0.1))
        #expect(types.map(\.checkType) == ["data_type_check"])
        #expect(types.first?.featureName == "calls")
        #expect(
            types.first?.description == """
                Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. \
                Observed: Only 90.0% of data is Integral.
                """
        )
        let missing = try Self.violations(of: Customers(missingMinutes: 0.25))
        #expect(missing.map(\.checkType) == ["completeness_check"])
        #expect(
            missing.first?.description == """
                Data completeness requirement is not met. Expected completeness: 100.0%. \
                Observed: Only 75.0% of data is complete.
                """
        )
        let unknown = try Self.violations(of: Customers(newState: 0.05))
        #expect(unknown.map(\.checkType) == ["categorical_values_check"])
        #expect(
            unknown.first?.description == """
                Domain content requirement is not met. Expected match: 100.0%. \
                Observed: Only 95.0% of data is in the domain. Unknown values: 'unknown'.
                """
        )
        let drift = try Self.violations(of: Customers(minutesFactor: 1.3))
        #expect(drift.map(\.checkType) == ["baseline_drift_check"])
        #expect(drift.first?.featureName == "minutes")
        #expect(drift.first?.description.hasPrefix("Baseline drift distance: 0.") == true)
        #expect(drift.first?.description.hasSuffix(" exceeds threshold: 0.1") == true)
    }

    @Test("missing and extra columns are named")
    func columns() throws {
        let constraints = try Customers().profile().suggestedConstraints()
        let current = try DatasetProfile(columns: [("state", [.text("OH")]), ("new", [.number(1)])])
        let violations = constraints.violations(of: current, baseline: nil).violations
        #expect(violations.map(\.checkType) == ["missing_column_check", "extra_column_check"])
        #expect(violations.map(\.featureName) == ["Missing columns", "Extra columns"])
        #expect(
            violations.first?.description == """
                There are missing columns in current dataset. Number of columns in current dataset: 2, \
                Number of columns in baseline constraints: 3. The missing columns are: 'minutes', 'calls'.
                """
        )
        let empty = DatasetProfile(itemCount: 0, features: [])
        #expect(
            constraints.violations(of: empty, baseline: nil).violations.map(\.checkType) == ["missing_column_check"]
        )
    }

    @Test("thresholds, methods and switches of the file decide, and those of a column come first")
    func settings() throws {
        let customers = Customers(newState: 0.2, fractionalCalls: 0.1, minutesFactor: 1.3)
        func checks(_ change: (inout DatasetConstraints) -> Void) throws -> [String] {
            try Self.violations(of: customers, change).map(\.checkType)
        }
        let all = ["categorical_values_check", "baseline_drift_check", "data_type_check"]
        #expect(try checks { _ in } == ["baseline_drift_check"] + all)
        #expect(try checks { $0.monitoringConfig.evaluateConstraints = .disabled }.isEmpty)
        #expect(
            try checks { $0.monitoringConfig.distributionConstraints?.performComparison = .disabled }
                == ["categorical_values_check", "data_type_check"]
        )
        #expect(
            try checks {
                $0.monitoringConfig.datatypeCheckThreshold = 0.8
                $0.monitoringConfig.domainContentThreshold = 0.75
                $0.monitoringConfig.distributionConstraints?.categoricalComparisonThreshold = 0.5
            } == ["baseline_drift_check"]
        )
        #expect(
            try checks {
                var overrides = MonitoringConfig()
                overrides.evaluateConstraints = .disabled
                $0.features[0].overrides = overrides
                overrides = MonitoringConfig()
                overrides.distributionConstraints = .init(comparisonThreshold: 0.9)
                $0.features[1].overrides = overrides
            } == ["data_type_check"]
        )
    }

    @Test("few values do not drift by chance, unless the simple distance is asked for")
    func methods() throws {
        let few = Customers(rows: 10)
        #expect(try Self.violations(of: few).isEmpty)
        let simple = try Self.violations(of: few) {
            $0.monitoringConfig.distributionConstraints?.comparisonMethod = .simple
        }
        #expect(simple.contains { $0.checkType == "baseline_drift_check" })
    }

    @Test("the test of categories compares a p-value")
    func chiSquared() throws {
        func drift(_ customers: Customers) throws -> [ConstraintViolations.Violation] {
            try Self.violations(of: customers) {
                $0.monitoringConfig.distributionConstraints?.categoricalDriftMethod = .chiSquared
                $0.monitoringConfig.domainContentThreshold = 0
            }
        }
        #expect(try drift(Customers()).isEmpty)
        let violation = try #require(drift(Customers(newState: 0.1)).first)
        #expect(violation.featureName == "state")
        #expect(violation.description.hasPrefix("Baseline drift p-value: "))
        #expect(violation.description.hasSuffix(" is below threshold: 0.1"))
    }

    @Test("the distances of all columns are there for metrics")
    func distances() throws {
        let baseline = try Customers().profile()
        let drift = baseline.suggestedConstraints().drift(
            of: try Customers(minutesFactor: 1.3).profile(),
            from: baseline
        )
        #expect(Set(drift.keys) == ["state", "minutes", "calls"])
        #expect(drift["state"] == 0 && drift["calls"] == 0)
        #expect((drift["minutes"] ?? 0) > 0.2)
    }

    @Test("values that are too many to count each are of a new category")
    func overflow() throws {
        var profiler = try DatasetProfiler(columns: ["state"])
        for row in 0..<3000 { try profiler.add([.text(row < 1000 ? "OH" : "other-\(row)")]) }
        let baseline = try DatasetProfile(columns: [("state", [DatasetField](repeating: .text("OH"), count: 500))])
        let violations = baseline.suggestedConstraints().violations(of: profiler.profile, baseline: baseline).violations
        #expect(violations.map(\.checkType) == ["baseline_drift_check", "categorical_values_check"])
        #expect(violations[1].description.contains("Only 33.33333333333333% of data is in the domain"))
    }

    @Test("settings of a column are read where the documentation and the SDK put them")
    func overrides() throws {
        let places = [
            #""monitoringConfigOverrides": {"evaluate_constraints": "Disabled"}"#,
            #""monitoring_config_overrides": {"evaluate_constraints": "Disabled"}"#,
            #""string_constraints": {"domains": [], "monitoring_config_overrides": {"evaluate_constraints": "Disabled"}}"#,
        ]
        for place in places {
            let file = #"{"features": [{"name": "x", "inferred_type": "String", \#(place)}]}"#
            let constraints = try DatasetConstraints(json: Data(file.utf8))
            #expect(constraints.features.first?.overrides?.evaluateConstraints == .disabled)
            let again = try DatasetConstraints(json: constraints.json())
            #expect(again.features.first?.overrides?.evaluateConstraints == .disabled)
        }
    }

    @Test(
        "an impossible file is refused with the name of the field",
        arguments: [
            (#"{"features": [{"name": "x", "inferred_type": "Int"}]}"#, "features[0].inferred_type"),
            (#"{"features": [{"inferred_type": "String"}]}"#, "features[0].name"),
            (
                #"{"features": [{"name": "x", "inferred_type": "String", "completeness": 1.5}]}"#,
                "features[0].completeness"
            ),
            (
                #"{"features": [], "monitoring_config": {"datatype_check_threshold": -0.1}}"#,
                "monitoring_config.datatype_check_threshold"
            ),
            (
                #"{"features": [], "monitoring_config": {"distribution_constraints": {"comparison_method": "Fast"}}}"#,
                "monitoring_config.distribution_constraints.comparison_method"
            ),
            (#"{"features": 3}"#, "features"), ("[", "constraints.json"),
        ]
    )
    func impossible(_ file: String, _ field: String) {
        let error = #expect(throws: RoostError.self) { try DatasetConstraints(json: Data(file.utf8)) }
        #expect(error?.field == field)
        #expect(error?.message.contains("constraints.json") == true)
    }

    @Test("violations are written and read")
    func violationsFile() throws {
        let violations = ConstraintViolations(violations: [
            .init(featureName: "calls", checkType: .dataType, description: "…"),
            .init(metricName: "f1", comparison: "LessThanThreshold", description: "…"),
        ])
        let json = try violations.json()
        #expect(try ConstraintViolations(json: json) == violations)
        let object = try #require(JSONSerialization.jsonObject(with: json) as? [String: [[String: String]]])
        #expect(
            object["violations"]?.first
                == ["feature_name": "calls", "constraint_check_type": "data_type_check", "description": "…"]
        )
    }
}
