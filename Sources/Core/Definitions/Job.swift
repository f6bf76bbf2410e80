/// What training, tuning and transform jobs have in common.
public protocol Job: Sendable, Codable {
    /// The kind, as records and logs name it.
    static var kind: JobKind { get }
    /// The job's name, unique among its kind.
    var name: String { get }
    /// Where it stands.
    var state: JobState { get set }
    /// The job that it is a part of.
    var parent: String? { get }
}

/// A kind of job.
public enum JobKind: String, Sendable, Hashable, Codable, CaseIterable {
    case training
    case tuning
    case transform
}

extension TrainingJob: Job {
    /// The kind, as records and logs name it.
    public static var kind: JobKind { .training }
    /// The job's name, unique among its kind.
    public var name: String { definition.name }
    /// The tuning job that it is a trial of.
    public var parent: String? { tuningJob }
}

extension TuningJob: Job {
    /// The kind, as records and logs name it.
    public static var kind: JobKind { .tuning }
    /// The job's name, unique among its kind.
    public var name: String { definition.name }
    /// A tuning job is part of no other.
    public var parent: String? { nil }
}

extension TransformJob: Job {
    /// The kind, as records and logs name it.
    public static var kind: JobKind { .transform }
    /// The job's name, unique among its kind.
    public var name: String { definition.name }
    /// A transform job is part of no other.
    public var parent: String? { nil }
}
