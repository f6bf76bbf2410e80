/// What people find by its name.
public enum NamedKind: String, Sendable, Hashable, Codable, CaseIterable {
    case pipeline, model, endpoint, function, suite, assay, loop
    case trainingJob = "training_job"
    case tuningJob = "tuning_job"
    case transformJob = "transform_job"
    case learningCurve = "learning_curve"
    case bucket
}
