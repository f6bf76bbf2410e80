import Definitions
import Foundation
import Testing

@testable import Functions

struct AliasTests {
    private var function: Function {
        let latest = FunctionVersion(
            number: Function.latest,
            configuration: FunctionConfiguration(runtime: "python3.11", handler: "a.b"),
            code: FunctionCode(digest: "", byteCount: 0),
            modifiedAt: Date(timeIntervalSince1970: 0),
            revision: "r"
        )
        var function = Function(name: "f", id: "i", createdAt: Date(timeIntervalSince1970: 0), code: latest)
        for number in ["1", "2"] {
            var version = latest
            version.number = number
            function.published.append(version)
        }
        return function
    }

    private func problem(_ version: String, _ routing: [String: Double]) -> FunctionProblem? {
        var alias = FunctionAlias(name: "live", version: version, revision: "r")
        alias.routing = routing
        do throws(FunctionProblem) {
            try FunctionService.check(alias, of: function)
            return nil
        } catch {
            return error
        }
    }

    @Test("an alias points to a version, and gives at most one other a share")
    func accepted() {
        #expect(problem("1", [:]) == nil)
        #expect(problem("$LATEST", [:]) == nil)
        #expect(problem("1", ["2": 0]) == nil)
        #expect(problem("1", ["2": 1]) == nil)
    }

    @Test("an alias cannot point to what does not exist")
    func missing() {
        #expect(problem("3", [:]) == .notFound(name: "f", qualifier: "3"))
        #expect(problem("1", ["3": 0.5]) == .notFound(name: "f", qualifier: "3"))
    }

    @Test("shares are between 0 and 1")
    func weights() {
        #expect(problem("1", ["2": 1.5]) == .invalidWeight(version: "2", weight: 1.5))
        #expect(problem("1", ["2": -0.1]) == .invalidWeight(version: "2", weight: -0.1))
    }

    @Test("an alias with shares has two published versions")
    func routing() {
        #expect(
            problem("1", ["2": 0.5, "3": 0.1])
                == .invalidRouting(reason: "Number of items in AdditionalVersionWeights cannot be greater than 1")
        )
        #expect(
            problem("1", ["1": 0.5])
                == .invalidRouting(
                    reason:
                        "Invalid function version 1. Function version 1 is already included in routing configuration."
                )
        )
        let latest = "$LATEST is not supported for an alias pointing to more than 1 version"
        #expect(problem("$LATEST", ["1": 0.5]) == .invalidRouting(reason: latest))
        #expect(problem("1", ["$LATEST": 0.5]) == .invalidRouting(reason: latest))
    }

    @Test(
        "the name of an alias is not a number",
        arguments: [
            ("live", true), ("v1", true), ("1-0", true), ("1", false), ("2024", false), ("", false), ("a b", false),
            ("$LATEST", false), ("é", false),
        ]
    )
    func names(name: String, isValid: Bool) {
        #expect(FunctionService.isAliasName(name) == isValid)
    }
}
