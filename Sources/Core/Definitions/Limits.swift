/// The limits of jobs. Requests beyond them are rejected; larger values in records of an earlier release count as the limit.
public enum JobLimits {
    /// The maximum duration of a training job in seconds: 28 days.
    public static let trainingRuntime = 28 * 24 * 3600
    /// The maximum duration of a tuning job in seconds.
    public static let tuningRuntime = 15_768_000
    /// The maximum number of trials of a tuning job.
    public static let trials = 1000
    /// The maximum number of steps of a Hyperband trial.
    public static let trialSteps = 1_000_000_000
    /// The maximum size of a transform job's requests in MiB.
    public static let payload = 100
    /// The maximum number of concurrent requests of a transform job.
    public static let concurrentRequests = 1000
    /// The maximum number of metrics that are read from a job's output.
    public static let metrics = 100
    /// The maximum length of a metric's pattern.
    public static let patternLength = 500
    /// The maximum number of environment variables of a job or model.
    public static let variables = 512
    /// The kernel's limit for the size of an environment variable with its name, in bytes.
    public static let variableBytes = (128 << 10) - 1

    /// Checks that a number in a request is in range.
    ///
    /// - Throws: ``RoostError`` that states the allowed range.
    package static func check(
        _ value: Int,
        in range: ClosedRange<Int>,
        _ what: String = "",
        field: String
    ) throws(RoostError) {
        guard !range.contains(value) else { return }
        throw RoostError(
            .invalidInput,
            "'\(field)' must be between \(range.lowerBound) and \(range.upperBound)\(what.isEmpty ? "" : " \(what)"), "
                + "not \(value).",
            field: field
        )
    }

    /// Checks the names and values of environment variables.
    package static func check(environment: [String: String], field: String = "environment") throws(RoostError) {
        guard environment.count <= variables else {
            throw RoostError(
                .invalidInput,
                "Too many environment variables: \(environment.count). The limit is \(variables).",
                field: field
            )
        }
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
            guard !name.isEmpty, !name.utf8.contains(0), !name.utf8.contains(UInt8(ascii: "=")) else {
                throw RoostError(
                    .invalidInput,
                    "'\(name.prefix(80))' is not a valid name for an environment variable.",
                    field: field
                )
            }
            guard !value.utf8.contains(0) else {
                throw RoostError(
                    .invalidInput,
                    "The value of environment variable '\(name.prefix(80))' contains a NUL character.",
                    field: field
                )
            }
            guard name.utf8.count + value.utf8.count + 2 <= variableBytes else {
                throw RoostError(
                    .invalidInput,
                    "Environment variable '\(name.prefix(80))' is longer than \(variableBytes) bytes.",
                    field: field
                )
            }
        }
    }
}

extension Duration {
    /// The seconds, with their fraction.
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }

    /// The nanoseconds of a duration that a clock of this process measured.
    package var nanoseconds: Int {
        Int(components.seconds) * 1_000_000_000 + Int(components.attoseconds / 1_000_000_000)
    }

    /// A hundred years: can be added to any clock without overflow, and nobody waits longer.
    package static let longest: Duration = .seconds(3_155_760_000)

    /// Converts untrusted seconds to a duration from zero to ``longest``.
    package static func bounded(seconds: Int) -> Duration {
        .seconds(Swift.max(0, Swift.min(seconds, 3_155_760_000)))
    }

    /// Converts untrusted seconds to a duration from zero to ``longest``; NaN becomes zero.
    package static func bounded(seconds: Double) -> Duration {
        guard seconds > 0 else { return .zero }
        return seconds < 3_155_760_000 ? .seconds(seconds) : longest
    }
}

extension Int {
    /// Converts MiB to bytes, limited to the range from 0 to `Int.max`.
    package static func bytes(mebibytes count: Int) -> Int {
        let (bytes, overflows) = Swift.max(0, count).multipliedReportingOverflow(by: 1 << 20)
        return overflows ? .max : bytes
    }
}
