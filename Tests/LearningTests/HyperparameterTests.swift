import Testing

@testable import Learning

@Suite("Hyperparameters")
struct HyperparameterTests {
    private func reason(_ values: [String: String]) -> String {
        do throws(LearningError) {
            _ = try XGBoostSettings(values.merging(["num_round": "3"]) { given, _ in given }, threads: 2)
            return "taken"
        } catch {
            return error.description
        }
    }

    @Test(
        "each value is checked against the algorithm's specification",
        arguments: [
            ("eta", "0.3", "taken"),
            ("eta", "1.01", "ClientError: Hyperparameter eta: 1.01 is not in [0, 1]"),
            ("subsample", "0", "ClientError: Hyperparameter subsample: 0 is not in (0, 1]"),
            ("gamma", "-1", "ClientError: Hyperparameter gamma: -1 is not in [0, +inf)"),
            ("gamma", "nan", "ClientError: Hyperparameter gamma: could not parse value 'nan'; expected a number."),
            ("max_depth", "5.0", "taken"),
            (
                "max_depth", "5.5",
                "ClientError: Hyperparameter max_depth: could not parse value '5.5'; expected an integer."
            ),
            ("num_round", "0", "ClientError: Hyperparameter num_round: 0 is not in [1, +inf)"),
            ("early_stopping_rounds", "\"5\"", "taken"),
            ("updater", "prune,fly", "ClientError: Hyperparameter updater: value fly not in range"),
            ("silent", "0", "taken"),
            ("_tuning_objective_metric", "validation:rmse", "taken"),
            ("sagemaker_region", "\"us-east-1\"", "taken"),
            ("depth", "3", "ClientError: Extraneous hyperparameter found: depth"),
            ("eval_metric", "rmse, ndcg@5, error@0.7, f1", "taken"),
            ("eval_metric", "rmse@2", "ClientError: Metric 'rmse@2' is not supported."),
            ("eval_metric", "error@x", "ClientError: Threshold value 't' in 'error@t' expects float input."),
            (
                "eval_metric", "auc",
                "ClientError: Metric 'auc' can only be applied for classification and ranking problems."
            ),
            (
                "_tuning_objective_metric", "validation:auc",
                "ClientError: Metric 'auc' can only be applied for classification and ranking problems."
            ),
            ("num_class", "3", "ClientError: Do not need to setup parameter 'num_class'"),
            ("process_type", "update", "taken"),
        ]
    )
    func values(_ name: String, _ value: String, _ expected: String) {
        #expect(reason([name: value]).hasPrefix(expected))
    }

    @Test("the number of rounds is required")
    func required() {
        #expect(throws: LearningError.client("Missing required hyperparameter: num_round")) {
            try XGBoostSettings(["eta": "0.1"], threads: 1)
        }
    }

    @Test("XGBoost gets only its own parameters, under its current names")
    func parameters() throws {
        let settings = try XGBoostSettings(
            [
                "num_round": "3", "objective": "reg:linear", "eta": "0.1", "silent": "0", "predictor": "cpu_predictor",
                "updater": "grow_skmaker,prune", "eval_metric": "mae,f1,rmse", "csv_weights": "1",
            ],
            threads: 4
        )
        let told = Dictionary(settings.parameters.map { ($0.name, [$0.value]) }, uniquingKeysWith: +)
        #expect(
            told == [
                "objective": ["reg:squarederror"], "eta": ["0.1"], "updater": ["grow_histmaker,prune"],
                "nthread": ["4"], "eval_metric": ["mae", "rmse"],
            ]
        )
        #expect(settings.customMetrics == [.f1])
        #expect(settings.hasWeights)
        #expect(settings.notes.count == 1)
    }

    @Test("a stopped trial keeps its model; other jobs do if they are configured to")
    func stopped() throws {
        let tuned = ["num_round": "3", "_tuning_objective_metric": "validation:rmse"]
        let saves = ["save_model_on_termination": "false"]
        #expect(try XGBoostSettings(tuned, threads: 1).savesOnTermination)
        #expect(try !XGBoostSettings(tuned.merging(saves) { $1 }, threads: 1).savesOnTermination)
        #expect(try !XGBoostSettings(["num_round": "3"], threads: 1).savesOnTermination)
    }

    @Test("a tuning job's metric is also computed")
    func tuned() throws {
        let settings = try XGBoostSettings(
            ["num_round": "3", "eval_metric": "mae", "_tuning_objective_metric": "validation:rmse"],
            threads: 1
        )
        #expect(settings.nativeMetrics == ["mae", "rmse"])
    }
}
