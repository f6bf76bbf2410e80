import Foundation
import Testing

@testable import SageMaker

@Suite("Traffic shifts of an endpoint update")
struct TrafficShiftTests {
    private func shift(_ json: String, instances: Int = 4) throws -> TrafficShift {
        try TrafficShift(JSON(parsing: Data(json.utf8)) ?? .null, instanceCount: instances)
    }

    private func blueGreen(_ routing: String, _ more: String = "") -> String {
        "{\"BlueGreenUpdatePolicy\":{\"TrafficRoutingConfiguration\":{\(routing)}\(more)}}"
    }

    @Test("without a configuration, all traffic moves at once")
    func immediate() throws {
        let shift = try TrafficShift(nil, instanceCount: 1)
        #expect(shift.shares == [1] && shift.bakingTime == .zero && shift.alarms.isEmpty)
    }

    @Test(
        "the last step has all of the traffic",
        arguments: [
            (#""Type":"ALL_AT_ONCE","WaitIntervalInSeconds":1"#, [1]),
            (
                #""Type":"CANARY","CanarySize":{"Type":"CAPACITY_PERCENT","Value":10},"WaitIntervalInSeconds":1"#,
                [0.1, 1]
            ),
            (
                #""Type":"CANARY","CanarySize":{"Type":"INSTANCE_COUNT","Value":1},"WaitIntervalInSeconds":1"#,
                [0.25, 1]
            ),
            (
                #""Type":"LINEAR","LinearStepSize":{"Type":"CAPACITY_PERCENT","Value":25},"WaitIntervalInSeconds":1"#,
                [0.25, 0.5, 0.75, 1]
            ),
            (
                #""Type":"LINEAR","LinearStepSize":{"Type":"CAPACITY_PERCENT","Value":40},"WaitIntervalInSeconds":1"#,
                [0.4, 0.8, 1]
            ),
        ] as [(String, [Double])]
    )
    func steps(routing: String, shares: [Double]) throws {
        let shift = try shift(blueGreen(routing))
        #expect(shift.shares == shares)
        #expect(shift.bakingTime == .seconds(1))
    }

    @Test("a rolling update is linear")
    func rolling() throws {
        let json =
            #"{"RollingUpdatePolicy":{"MaximumBatchSize":{"Type":"INSTANCE_COUNT","Value":2},"#
            + #""WaitIntervalInSeconds":3}}"#
        let shift = try shift(json)
        #expect(shift.shares == [0.5, 1] && shift.bakingTime == .seconds(3) && shift.timeLimit == nil)
    }

    @Test(
        "an invalid configuration is rejected",
        arguments: [
            #""Type":"CANARY","CanarySize":{"Type":"CAPACITY_PERCENT","Value":51},"WaitIntervalInSeconds":0"#,
            #""Type":"CANARY","WaitIntervalInSeconds":0"#,
            #""Type":"LINEAR","LinearStepSize":{"Type":"CAPACITY_PERCENT","Value":9},"WaitIntervalInSeconds":0"#,
            #""Type":"SOMEHOW","WaitIntervalInSeconds":0"#,
        ]
    )
    func refused(routing: String) {
        #expect(throws: AWSError.self) { try shift(blueGreen(routing)) }
    }

    @Test(
        "the number of steps is limited for instance counts as for percentages",
        arguments: [
            (
                #""Type":"LINEAR","LinearStepSize":{"Type":"INSTANCE_COUNT","Value":1},"WaitIntervalInSeconds":0"#, 10,
                10
            ),
            (
                #""Type":"LINEAR","LinearStepSize":{"Type":"INSTANCE_COUNT","Value":1},"WaitIntervalInSeconds":0"#, 11,
                nil
            ),
            (
                #""Type":"LINEAR","LinearStepSize":{"Type":"INSTANCE_COUNT","Value":1},"WaitIntervalInSeconds":0"#,
                Int.max, nil
            ),
            (#""Type":"LINEAR","LinearStepSize":{"Type":"INSTANCE_COUNT","Value":1},"WaitIntervalInSeconds":0"#, 1, 1),
        ] as [(String, Int, Int?)]
    )
    func instances(routing: String, instances: Int, steps: Int?) {
        #expect((try? shift(blueGreen(routing), instances: instances))?.shares.count == steps)
    }

    @Test("waits of any length can be added without overflow")
    func longWaits() throws {
        let routing = #""Type":"ALL_AT_ONCE","WaitIntervalInSeconds":9e18"#
        let shift = try shift(blueGreen(routing, #","TerminationWaitInSeconds":9e18"#))
        #expect(shift.bakingTime == shift.terminationWait)
        _ = ContinuousClock.now + shift.bakingTime + shift.terminationWait
    }

    @Test("a step of one among very many instances is rejected because there would be too many steps")
    func tinySteps() {
        let size = #"{"Type":"INSTANCE_COUNT","Value":1},"WaitIntervalInSeconds":0"#
        for json in [
            blueGreen(#""Type":"LINEAR","LinearStepSize":"# + size),
            #"{"RollingUpdatePolicy":{"MaximumBatchSize":"# + size + "}}",
        ] {
            let config = JSON(parsing: Data(json.utf8))
            #expect(throws: AWSError.self) { try TrafficShift(config, instanceCount: 2_147_483_647) }
        }
    }

    @Test("the time limit must be longer than the waits")
    func timeLimit() {
        let routing = #""Type":"ALL_AT_ONCE","WaitIntervalInSeconds":500"#
        let more = #","TerminationWaitInSeconds":200,"MaximumExecutionTimeoutInSeconds":600"#
        #expect(throws: AWSError.self) { try shift(blueGreen(routing, more)) }
        let rolling =
            #"{"RollingUpdatePolicy":{"MaximumBatchSize":{"Type":"CAPACITY_PERCENT","Value":25},"#
            + #""WaitIntervalInSeconds":200,"MaximumExecutionTimeoutInSeconds":"#
        #expect(throws: AWSError.self) { try shift(rolling + "800}}") }
        #expect(throws: Never.self) { try shift(rolling + "801}}") }
    }
}

@Suite("Alarms of an endpoint update")
struct EndpointAlarmTests {
    @Test(
        "an alarm's name defines its metric and threshold",
        arguments: [
            ("error-rate>1%", .errorRate, 0.01), ("error-rate > 0.05", .errorRate, 0.05), ("errors>3", .errors, 3),
            ("latency>250ms", .meanLatency, 250e6), ("latency-p99>1.5s", .latency(quantile: 0.99), 1.5e9),
            ("latency-p50>80us", .latency(quantile: 0.5), 80e3),
        ] as [(String, EndpointAlarm.Metric, Double)]
    )
    func names(name: String, metric: EndpointAlarm.Metric, threshold: Double) throws {
        let alarm = try EndpointAlarm(name)
        #expect(alarm.metric == metric)
        #expect(abs(alarm.threshold - threshold) < threshold * 1e-9)
    }

    @Test("others are rejected", arguments: ["my-alarm", "error-rate>x", "latency>250", "errors>1%", "cpu>1", ">1"])
    func unknown(name: String) {
        #expect(throws: AWSError.self) { try EndpointAlarm(name) }
    }

    private func seen(answers: Int, failures: Int, milliseconds: Int = 1) -> EndpointAlarm.Observation {
        var seen = EndpointAlarm.Observation(
            answers: answers,
            failures: failures,
            sum: answers * milliseconds * 1_000_000
        )
        for (index, bound) in EndpointAlarm.bounds.enumerated() where bound >= milliseconds * 1_000_000 {
            seen.cumulative[index] = answers
        }
        seen.cumulative[seen.cumulative.count - 1] = answers
        return seen
    }

    @Test("an alarm on failures trips above its threshold, and never without an invocation")
    func failures() throws {
        let rate = try EndpointAlarm("error-rate>10%")
        #expect(rate.trip(seen(answers: 0, failures: 0)) == nil)
        #expect(rate.trip(seen(answers: 9, failures: 1)) == nil)
        #expect(rate.trip(seen(answers: 8, failures: 2)) != nil)
        let count = try EndpointAlarm("errors>1")
        #expect(count.trip(seen(answers: 100, failures: 1)) == nil)
        #expect(count.trip(seen(answers: 100, failures: 2)) != nil)
    }

    @Test("an alarm on latency trips by mean or by quantile")
    func latency() throws {
        let slow = seen(answers: 10, failures: 0, milliseconds: 40)
        #expect(try EndpointAlarm("latency>30ms").trip(slow) != nil)
        #expect(try EndpointAlarm("latency>50ms").trip(slow) == nil)
        #expect(try EndpointAlarm("latency-p90>25ms").trip(slow) != nil)
        #expect(try EndpointAlarm("latency-p90>50ms").trip(slow) == nil)
    }
}
