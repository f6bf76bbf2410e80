/// The most that jobs may ask for. A request for more is refused; a record of an earlier release that has more counts as the most.
public enum JobLimits {
    /// Seconds that a training job may run: 28 days, as with SageMaker.
    public static let trainingRuntime = 28 * 24 * 3600
    /// Seconds that a tuning job may run, as with SageMaker.
    public static let tuningRuntime = 15_768_000
    /// Trials of a tuning job.
    public static let trials = 1000
    /// Steps that a trial of Hyperband may take.
    public static let trialSteps = 1_000_000_000
    /// MiB that a request of a transform job may have.
    public static let payload = 100
    /// Requests of a transform job that may run at once.
    public static let concurrentRequests = 1000
    /// Metrics that a job may have read from its output.
    public static let metrics = 100
    /// Characters of a metric's pattern, as with SageMaker.
    public static let patternLength = 500
    /// Environment variables of a job or a model.
    public static let variables = 512
    /// Bytes of one of them with its name: the kernel takes no more.
    public static let variableBytes = (128 << 10) - 1

    /// Checks that a number of a request is within bounds.
    ///
    /// - Throws: ``RoostError`` that says which values would be right.
    package static func check(
        _ value: Int,
        in range: ClosedRange<Int>,
        _ what: String = "",
        field: String
    ) throws(RoostError) {
        guard !range.contains(value) else { return }
        throw RoostError(
            .invalidInput,
            "'\(field)' must be from \(range.lowerBound) to \(range.upperBound)\(what.isEmpty ? "" : " \(what)"), "
                + "not \(value).",
            field: field
        )
    }

    /// Checks the names and values of environment variables.
    package static func check(environment: [String: String], field: String = "environment") throws(RoostError) {
        guard environment.count <= variables else {
            throw RoostError(
                .invalidInput,
                "There are \(environment.count) environment variables; \(variables) are the most.",
                field: field
            )
        }
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
            guard !name.isEmpty, !name.utf8.contains(0), !name.utf8.contains(UInt8(ascii: "=")) else {
                throw RoostError(
                    .invalidInput,
                    "'\(name.prefix(80))' cannot be the name of an environment variable.",
                    field: field
                )
            }
            guard !value.utf8.contains(0) else {
                throw RoostError(
                    .invalidInput,
                    "The environment variable '\(name.prefix(80))' has a NUL character in its value.",
                    field: field
                )
            }
            guard name.utf8.count + value.utf8.count + 2 <= variableBytes else {
                throw RoostError(
                    .invalidInput,
                    "The environment variable '\(name.prefix(80))' has more than \(variableBytes) bytes.",
                    field: field
                )
            }
        }
    }
}

extension Duration {
    /// Of what a clock of this process measured.
    package var nanoseconds: Int {
        Int(components.seconds) * 1_000_000_000 + Int(components.attoseconds / 1_000_000_000)
    }

    /// A hundred years: no clock overflows when this is added to it, and nobody waits for longer.
    package static let longest: Duration = .seconds(3_155_760_000)

    /// Seconds from outside as a time that can be waited for: from nothing to ``longest``.
    package static func bounded(seconds: Int) -> Duration {
        .seconds(Swift.max(0, Swift.min(seconds, 3_155_760_000)))
    }

    /// Seconds from outside as a time that can be waited for: from nothing to ``longest``. What is no number is nothing.
    package static func bounded(seconds: Double) -> Duration {
        guard seconds > 0 else { return .zero }
        return seconds < 3_155_760_000 ? .seconds(seconds) : longest
    }
}

extension Int {
    /// Bytes of so many MiB, where a negative number is none; the most that there is where they are more.
    package static func bytes(mebibytes count: Int) -> Int {
        let (bytes, overflows) = Swift.max(0, count).multipliedReportingOverflow(by: 1 << 20)
        return overflows ? .max : bytes
    }
}
