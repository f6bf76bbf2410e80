import AWS
import Definitions
import Foundation
import Testing

@testable import SageMaker

@Suite("Traffic shifts of an endpoint update")
struct RolloutPlanTests {
    private func shift(_ json: String, instances: Int = 4) throws -> RolloutPlan {
        try RolloutPlan(JSON(parsing: Data(json.utf8)) ?? .null, instanceCount: instances)
    }

    private func blueGreen(_ routing: String, _ more: String = "") -> String {
        "{\"BlueGreenUpdatePolicy\":{\"TrafficRoutingConfiguration\":{\(routing)}\(more)}}"
    }

    @Test("without a configuration, all traffic moves at once")
    func immediate() throws {
        let shift = try RolloutPlan(nil, instanceCount: 1)
        #expect(shift == .immediate)
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
        #expect(shift.stages == shares.map { .init(share: $0, bakingTime: .seconds(1)) })
    }

    @Test("a rolling update is linear")
    func rolling() throws {
        let json =
            #"{"RollingUpdatePolicy":{"MaximumBatchSize":{"Type":"INSTANCE_COUNT","Value":2},"#
            + #""WaitIntervalInSeconds":3}}"#
        let shift = try shift(json)
        #expect(shift.stages == [0.5, 1].map { .init(share: $0, bakingTime: .seconds(3)) } && shift.timeLimit == nil)
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
        #expect((try? shift(blueGreen(routing), instances: instances))?.stages.count == steps)
    }

    @Test("waits of any length can be added without overflow")
    func longWaits() throws {
        let routing = #""Type":"ALL_AT_ONCE","WaitIntervalInSeconds":9e18"#
        let shift = try shift(blueGreen(routing, #","TerminationWaitInSeconds":9e18"#))
        let bakingTime = try #require(shift.stages.first).bakingTime
        #expect(bakingTime == shift.terminationWait)
        _ = ContinuousClock.now + bakingTime + shift.terminationWait
    }

    @Test("a step of one among very many instances is rejected because there would be too many steps")
    func tinySteps() {
        let size = #"{"Type":"INSTANCE_COUNT","Value":1},"WaitIntervalInSeconds":0"#
        for json in [
            blueGreen(#""Type":"LINEAR","LinearStepSize":"# + size),
            #"{"RollingUpdatePolicy":{"MaximumBatchSize":"# + size + "}}",
        ] {
            let config = JSON(parsing: Data(json.utf8))
            #expect(throws: AWSError.self) { try RolloutPlan(config, instanceCount: 2_147_483_647) }
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
