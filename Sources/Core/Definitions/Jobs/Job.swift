/// The common interface of training, tuning and transform jobs.
public protocol Job: Sendable, Codable {
    static var kind: JobKind { get }
    /// The job's name, unique among jobs of its kind.
    var name: String { get }
    var state: JobState { get set }
    /// The job that this one is part of.
    var parent: String? { get }
    /// The hexadecimal SHA-256 of the model that it has made; `nil` if it has made none.
    var artifact: String? { get }
}

extension Job {
    public var artifact: String? { nil }
}

public enum JobKind: String, Sendable, Hashable, Codable, CaseIterable {
    case training
    case tuning
    case transform
}

extension TrainingJob: Job {
    public static var kind: JobKind { .training }
    public var name: String { definition.name }
    /// The tuning job that this job is a trial of.
    public var parent: String? { tuningJob }
    public var artifact: String? { modelSHA256 }
}

extension TuningJob: Job {
    public static var kind: JobKind { .tuning }
    public var name: String { definition.name }
    public var parent: String? { nil }
}

extension TransformJob: Job {
    public static var kind: JobKind { .transform }
    public var name: String { definition.name }
    public var parent: String? { nil }
}
