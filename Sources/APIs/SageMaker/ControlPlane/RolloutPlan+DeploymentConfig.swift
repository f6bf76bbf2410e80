import AWS
import Definitions
import Foundation

/// The roll-out that a `DeploymentConfig` asks for.
extension RolloutPlan {
    /// - Parameters:
    ///   - config: The request's `DeploymentConfig`.
    ///   - instanceCount: Instances of the new variants, of which an `INSTANCE_COUNT` size is a share.
    /// - Throws: ``AWSError`` if a member is invalid.
    init(_ config: JSON?, instanceCount: Int) throws(AWSError) {
        guard let config else {
            self = .immediate
            return
        }
        let (guardrails, rates) = try Self.guardrails(config)
        self.init(stages: [Stage(share: 1)], guardrails: guardrails, rates: rates)
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
            setStages(Self.steps(of: size), bakingTime: seconds(rolling["WaitIntervalInSeconds"]))
            timeLimit = seconds(rolling["MaximumExecutionTimeoutInSeconds"])
            try checkTimeLimit()
            return
        }
        let policy = config["BlueGreenUpdatePolicy"]
        let routing = policy?["TrafficRoutingConfiguration"]
        let bakingTime = seconds(routing?["WaitIntervalInSeconds"])
        terminationWait = seconds(policy?["TerminationWaitInSeconds"]) ?? .zero
        timeLimit = seconds(policy?["MaximumExecutionTimeoutInSeconds"])
        switch routing?["Type"]?.string ?? "ALL_AT_ONCE" {
        case "CANARY":
            let size = try Self.share(routing?["CanarySize"], "CanarySize", of: instanceCount, percent: 1...50)
            setStages(size < 1 ? [size, 1] : [1], bakingTime: bakingTime)
        case "LINEAR":
            let size = try Self.share(
                routing?["LinearStepSize"],
                "LinearStepSize",
                of: instanceCount,
                percent: 10...50,
                isStep: true
            )
            setStages(Self.steps(of: size), bakingTime: bakingTime)
        case "ALL_AT_ONCE": setStages([1], bakingTime: bakingTime)
        case let type:
            throw .validation("Unknown traffic routing type '\(type)'. Expected one of: ALL_AT_ONCE, CANARY, LINEAR.")
        }
        try checkTimeLimit()
    }

    private mutating func setStages(_ shares: [Double], bakingTime: Duration?) {
        stages = shares.map { Stage(share: $0, bakingTime: bakingTime ?? .zero) }
    }

    private func checkTimeLimit() throws(AWSError) {
        let wait = stages.reduce(terminationWait) { $0 + $1.bakingTime }
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

    private static func guardrails(_ config: JSON) throws(AWSError) -> (thresholds: [Guardrail], rates: [RateGuardrail])
    {
        var guardrails: [Guardrail] = []
        var rates: [RateGuardrail] = []
        for alarm in config["AutoRollbackConfiguration"]?["Alarms"]?.array ?? [] {
            guard let name = alarm["AlarmName"]?.string else { throw .missing(["Alarms", "AlarmName"]) }
            if let rate = RateGuardrail(alarm: name) {
                rates.append(rate)
                continue
            }
            do throws(RoostError) {
                guardrails.append(try Guardrail(name))
            } catch {
                throw .validation(error.message)
            }
        }
        return (guardrails, rates)
    }
}
