import Foundation
import Testing

@testable import Definitions

@Suite("Numbers from outside")
struct LimitsTests {
    @Test(
        "untrusted seconds become a bounded duration",
        arguments: [
            (Int.min, 0), (-1, 0), (0, 0), (1, 1), (2_419_200, 2_419_200), (Int.max, 3_155_760_000),
        ]
    )
    func seconds(given: Int, expected: Int) {
        #expect(Duration.bounded(seconds: given) == .seconds(expected))
        #expect(Duration.bounded(seconds: Double(given)) == .seconds(expected))
        _ = ContinuousClock.now + .bounded(seconds: given)
    }

    @Test("NaN and negative seconds become zero", arguments: [Double.nan, -.infinity, -1e300])
    func nothing(number: Double) { #expect(Duration.bounded(seconds: number) == .zero) }

    @Test("floating-point numbers become the nearest integers")
    func wholeNumbers() {
        #expect(Int(saturating: 1e300) == .max)
        #expect(Int(saturating: 0x1p63) == .max)
        #expect(Int(saturating: -.infinity) == .min)
        #expect(Int(saturating: .nan) == 0)
        #expect(Int(saturating: -2.9) == -2)
    }

    @Test("MiB become bytes without overflow")
    func sizes() {
        #expect(Int.bytes(mebibytes: 3) == 3 << 20)
        #expect(Int.bytes(mebibytes: -3) == 0)
        #expect(Int.bytes(mebibytes: .max) == .max)
        #expect(Int.bytes(mebibytes: 1 << 43) == .max)
        #expect(Int.bytes(mebibytes: (1 << 43) - 1) == ((1 << 43) - 1) << 20)
    }

    @Test("the error for a number out of range states the range")
    func bounds() {
        let expected = "'max_runtime' must be between 1 and 2419200 seconds, not 0."
        for value in [0, Int.min, Int.max] {
            #expect(throws: RoostError.self) {
                try JobLimits.check(value, in: 1...JobLimits.trainingRuntime, "seconds", field: "max_runtime")
            }
        }
        do throws(RoostError) {
            try JobLimits.check(0, in: 1...JobLimits.trainingRuntime, "seconds", field: "max_runtime")
        } catch {
            #expect(error.message == expected)
            #expect(error.field == "max_runtime")
        }
    }

    @Test(
        "invalid environment variables are rejected",
        arguments: [
            ["": "x"], ["A=B": "x"], ["A\0": "x"], ["A": "x\0y"], ["A": String(repeating: "x", count: 128 << 10)],
            Dictionary(uniqueKeysWithValues: (0...JobLimits.variables).map { ("V\($0)", "") }),
        ]
    )
    func environment(variables: [String: String]) {
        #expect(throws: RoostError.self) { try JobLimits.check(environment: variables) }
        #expect(throws: Never.self) { try JobLimits.check(environment: ["LD_PRELOAD": "", "B": "x=y\n"]) }
    }
}
