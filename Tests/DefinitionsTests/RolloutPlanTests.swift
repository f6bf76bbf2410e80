import Definitions
import Foundation
import Testing

@Suite("The record of a roll-out's plan")
struct RolloutRecordTests {
    @Test("a record of release 0.2, which has shares in place of stages, is read")
    func old() throws {
        let json = #"""
            {"bakingTime":[0,2000000000000000000],"guardrails":[{"metric":{"errors":{}},"name":"errors>3","threshold":3}],
            "shares":[0.5,1],"terminationWait":[0,0]}
            """#
        let plan = try JSONDecoder().decode(RolloutPlan.self, from: Data(json.utf8))
        #expect(plan.stages == [0.5, 1].map { .init(share: $0, bakingTime: .seconds(2)) })
        #expect(plan.guardrails == [try Guardrail("errors>3")] && plan.rates.isEmpty && plan.timeLimit == nil)
    }

    @Test("a plan survives its record")
    func current() throws {
        let plan = RolloutPlan(
            stages: [.init(share: 0.1, bakingTime: .seconds(5), minUnits: 100), .init(share: 1)],
            timeLimit: .seconds(60),
            guardrails: [try Guardrail("latency>3ms")],
            rates: [RateGuardrail(.errors), RateGuardrail(.slowAnswers, limit: 0.1)]
        )
        #expect(try JSONDecoder().decode(RolloutPlan.self, from: JSONEncoder().encode(plan)) == plan)
    }
}
