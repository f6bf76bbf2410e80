import Definitions
import Foundation
import Platform

/// How traffic moves to the new variants of an endpoint, parsed from a `DeploymentConfig`.
struct TrafficShift: Sendable {
    /// The share of the requests that goes to the new variants after each step. The last is 1.
    let shares: [Double]
    /// How long to watch each step before the next one.
    let bakingTime: Duration
    /// How long the old variants stay loaded after the last step. Until then, the update can be rolled back.
    let terminationWait: Duration
    /// The time after which the update is rolled back.
    let timeLimit: Duration?
    let alarms: [EndpointAlarm]

    /// Moves all traffic at once, without watching it.
    static let immediate = TrafficShift(
        shares: [1],
        bakingTime: .zero,
        terminationWait: .zero,
        timeLimit: nil,
        alarms: []
    )

    private init(
        shares: [Double],
        bakingTime: Duration,
        terminationWait: Duration,
        timeLimit: Duration?,
        alarms: [EndpointAlarm]
    ) {
        self.shares = shares
        self.bakingTime = bakingTime
        self.terminationWait = terminationWait
        self.timeLimit = timeLimit
        self.alarms = alarms
    }

    /// - Parameters:
    ///   - config: The request's `DeploymentConfig`.
    ///   - instanceCount: Instances of the new variants, of which an `INSTANCE_COUNT` size is a share.
    /// - Throws: ``AWSError`` if a member is invalid.
    init(_ config: JSON?, instanceCount: Int) throws(AWSError) {
        guard let config else {
            self = .immediate
            return
        }
        alarms = try Self.alarms(config)
        func seconds(_ value: JSON?) -> Duration? { value?.int.map { .bounded(seconds: $0) } }
        if let rolling = config["RollingUpdatePolicy"] {
            guard config["BlueGreenUpdatePolicy"] == nil else {
                throw .validation("BlueGreenUpdatePolicy and RollingUpdatePolicy cannot be combined. Specify only one.")
            }
            let size = try Self.share(
                rolling["MaximumBatchSize"],
                "MaximumBatchSize",
                of: instanceCount,
                percent: 5...50,
                isStep: true
            )
            shares = Self.steps(of: size)
            bakingTime = seconds(rolling["WaitIntervalInSeconds"]) ?? .zero
            terminationWait = .zero
            timeLimit = seconds(rolling["MaximumExecutionTimeoutInSeconds"])
            try checkTimeLimit()
            return
        }
        let policy = config["BlueGreenUpdatePolicy"]
        let routing = policy?["TrafficRoutingConfiguration"]
        bakingTime = seconds(routing?["WaitIntervalInSeconds"]) ?? .zero
        terminationWait = seconds(policy?["TerminationWaitInSeconds"]) ?? .zero
        timeLimit = seconds(policy?["MaximumExecutionTimeoutInSeconds"])
        switch routing?["Type"]?.string ?? "ALL_AT_ONCE" {
        case "CANARY":
            let size = try Self.share(routing?["CanarySize"], "CanarySize", of: instanceCount, percent: 1...50)
            shares = size < 1 ? [size, 1] : [1]
        case "LINEAR":
            let size = try Self.share(
                routing?["LinearStepSize"],
                "LinearStepSize",
                of: instanceCount,
                percent: 10...50,
                isStep: true
            )
            shares = Self.steps(of: size)
        case "ALL_AT_ONCE": shares = [1]
        case let type:
            throw .validation("Unknown traffic routing type '\(type)'. Expected one of: ALL_AT_ONCE, CANARY, LINEAR.")
        }
        try checkTimeLimit()
    }

    private func checkTimeLimit() throws(AWSError) {
        let wait = terminationWait + bakingTime * shares.count
        if let timeLimit, timeLimit <= wait {
            throw .validation(
                "MaximumExecutionTimeoutInSeconds is \(timeLimit.components.seconds); it must be greater than the sum of the "
                    + "update's waits, which is \(wait.components.seconds) s."
            )
        }
    }

    private static func steps(of size: Double) -> [Double] {
        let count = Int(saturating: (1 / size - 1e-9).rounded(.up))
        return (1...max(count, 1)).map { $0 == count ? 1 : Double($0) * size }
    }

    /// Returns the share of the traffic that a `CapacitySize` stands for.
    ///
    /// - Parameter isStep: Whether the traffic moves repeatedly by this share. A share that is too small would take forever. The
    ///   upper limit does not apply to a number of instances, as an endpoint needs only one here.
    private static func share(
        _ size: JSON?,
        _ member: String,
        of instanceCount: Int,
        percent: ClosedRange<Int>,
        isStep: Bool = false
    ) throws(AWSError) -> Double {
        guard let value = size?["Value"]?.int, value > 0 else {
            throw .validation("\(member) is missing or invalid. It needs a Type and a Value of at least 1.")
        }
        guard size?["Type"]?.string == "CAPACITY_PERCENT" else {
            let share = min(1, Double(value) / Double(max(instanceCount, 1)))
            guard !isStep || share * 100 >= Double(percent.lowerBound) else {
                throw .validation(
                    "\(member) is \(value) of \(instanceCount) instances; it must be at least \(percent.lowerBound) percent of "
                        + "them."
                )
            }
            return share
        }
        guard percent.contains(value) else {
            throw .validation(
                "\(member) is \(value) percent; it must be between \(percent.lowerBound) and \(percent.upperBound)."
            )
        }
        return Double(value) / 100
    }

    private static func alarms(_ config: JSON) throws(AWSError) -> [EndpointAlarm] {
        var alarms: [EndpointAlarm] = []
        for alarm in config["AutoRollbackConfiguration"]?["Alarms"]?.array ?? [] {
            guard let name = alarm["AlarmName"]?.string else { throw .missing(["Alarms", "AlarmName"]) }
            alarms.append(try EndpointAlarm(name))
        }
        return alarms
    }
}

/// A condition that rolls back an update. There is no CloudWatch, so an alarm's name states what it watches of the new variants.
///
///     error-rate>1%        the share of invocations that failed; also error-rate>0.01
///     errors>3             the number of invocations that failed
///     latency>250ms        the mean latency; also latency-p50, -p90, -p99; in us, ms or s
struct EndpointAlarm: Sendable, Equatable {
    enum Metric: Sendable, Equatable {
        case errorRate
        case errors
        case meanLatency
        /// The latency that this share of the invocations does not exceed.
        case latency(quantile: Double)
    }

    /// Upper bounds of the latency histogram's buckets, in nanoseconds.
    static let bounds = Histogram.bounds

    let name: String
    let metric: Metric
    /// A share, a count or nanoseconds, depending on the metric.
    let threshold: Double

    /// The invocation counts that an alarm is evaluated on.
    struct Observation: Sendable {
        var answers = 0
        var failures = 0
        /// The sum of the latencies of all responses, in nanoseconds.
        var sum = 0
        /// The number of responses within each of ``EndpointAlarm/bounds``, followed by the number of all responses.
        var cumulative = [Int](repeating: 0, count: EndpointAlarm.bounds.count + 1)

        mutating func add(_ counts: VariantCounts) {
            let (more, total) = counts.latency.cumulative()
            for (index, count) in more.enumerated() { cumulative[index] += count }
            answers += more.last ?? 0
            failures += counts.failures
            sum += total
        }
    }

    init(_ name: String) throws(AWSError) {
        self.name = name
        let text = name.filter { $0 != " " }
        let known =
            "The name of an alarm states what it watches of the new variants: error-rate>1%, errors>3 or latency>250ms, "
            + "with latency-p50, latency-p90 or latency-p99 in place of latency for a quantile."
        guard let sign = text.firstIndex(of: ">"), let metric = Self.metrics[String(text[..<sign])] else {
            throw .validation("Unknown alarm '\(name)'. \(known)")
        }
        self.metric = metric
        let value = text[text.index(after: sign)...]
        let unit = value.drop { $0.isNumber || $0 == "." }
        let scale: Double? =
            switch (metric, String(unit)) {
            case (.errorRate, ""), (.errors, ""): 1
            case (.errorRate, "%"): 0.01
            case (.meanLatency, "us"), (.latency, "us"): 1e3
            case (.meanLatency, "ms"), (.latency, "ms"): 1e6
            case (.meanLatency, "s"), (.latency, "s"): 1e9
            default: nil
            }
        guard let scale, let number = Double(value.dropLast(unit.count)), number.isFinite else {
            throw .validation("Alarm '\(name)' has an invalid threshold. \(known)")
        }
        threshold = number * scale
    }

    private static let metrics: [String: Metric] = [
        "error-rate": .errorRate, "errors": .errors, "latency": .meanLatency,
        "latency-p50": .latency(quantile: 0.5), "latency-p90": .latency(quantile: 0.9),
        "latency-p99": .latency(quantile: 0.99),
    ]

    /// Returns the reason why the alarm trips; `nil` if it does not trip or there were no invocations yet.
    func trip(_ seen: Observation) -> String? {
        let count = seen.answers + seen.failures
        guard count > 0 else { return nil }
        switch metric {
        case .errorRate:
            guard Double(seen.failures) / Double(count) > threshold else { return nil }
            return "\(seen.failures) of \(count) invocations of the new variants failed"
        case .errors:
            guard Double(seen.failures) > threshold else { return nil }
            return "\(seen.failures) invocations of the new variants failed"
        case .meanLatency:
            guard seen.answers > 0, case let mean = Double(seen.sum) / Double(seen.answers), mean > threshold else {
                return nil
            }
            return "invocations of the new variants took \(Self.milliseconds(mean)) on average"
        case .latency(let quantile):
            guard seen.answers > 0 else { return nil }
            // Counts what exceeds the first bound at or above the threshold, which can only underestimate the number.
            let bound = Self.bounds.firstIndex { Double($0) >= threshold } ?? Self.bounds.count
            let within = seen.cumulative[bound]
            guard Double(within) < quantile * Double(seen.answers) else { return nil }
            return "\(seen.answers - within) of \(seen.answers) invocations of the new variants exceeded the threshold"
        }
    }

    private static func milliseconds(_ nanoseconds: Double) -> String { String(format: "%.3g ms", nanoseconds / 1e6) }
}
