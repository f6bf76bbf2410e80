import Foundation
import Testing

@testable import Definitions

@Suite("Names")
struct NameTests {
    @Test(
        "letters, digits, '.', '_' and '-' are allowed",
        arguments: ["a", "7", "A", "ccfraud-lstm", "v1.2_final", "0-", "a..b", String(repeating: "x", count: 63)]
    )
    func allowed(name: String) throws {
        #expect(try Name.check(name, what: "model name", field: "model") == name)
    }

    @Test(
        "anything else is rejected, especially paths",
        arguments: [
            "", ".", "..", "../x", "a/b", "/a", "a\\b", "-a", "_a", ".a", "a b", " a", "a\n", "a\u{0}", "é", "a\u{301}",
            "a@1", "a%2F", "٣", String(repeating: "x", count: 64),
        ]
    )
    func refused(name: String) {
        #expect(throws: RoostError.self) { try Name.check(name, what: "model name", field: "model") }
    }

    @Test("the error contains the kind of name and the field")
    func message() throws {
        let error = try #require(throws: RoostError.self) {
            try Name.check("a/b", what: "pipeline name", field: "name")
        }
        #expect(error.code == .invalidInput)
        #expect(error.field == "name")
        #expect(error.message.contains("'a/b'") && error.message.contains("pipeline name"))
    }

    @Test("the error shortens a name of a megabyte")
    func longName() throws {
        let name = String(repeating: "x", count: 1 << 20)
        let error = try #require(throws: RoostError.self) { try Name.check(name, what: "tag", field: "tag") }
        #expect(error.message.utf8.count < 400)
    }

    @Test("the published pattern matches the check")
    func pattern() throws {
        let pattern = try Regex(Name.pattern)
        for name in ["a", "a.b-c_d", "-a", "", "a/b", ".a", "a b", String(repeating: "x", count: 63)] {
            #expect(((try? pattern.wholeMatch(in: name)) != nil) == Name.isAllowed(name), "\(name)")
        }
    }

    @Test(
        "a job's name follows the rule of SageMaker's clients",
        arguments: [
            ("a", true), ("7", true), ("a--b", true), ("A-1", true), (String(repeating: "x", count: 63), true),
            ("", false), ("my_job", false), ("my.job", false), ("-a", false), ("a-", false), ("é", false),
            ("a\n", false), (String(repeating: "x", count: 64), false),
        ]
    )
    func jobs(name: String, isAllowed: Bool) throws {
        #expect(Name.isAllowed(job: name, limit: Name.jobLimit) == isAllowed)
        let matches = try Regex(Name.jobPattern).wholeMatch(in: name) != nil && name.utf8.count <= Name.jobLimit
        #expect(matches == isAllowed)
    }

    @Test(
        "a generated job name is valid",
        arguments: ["xgboost", "a.b_c", "_x", "Größe", "a-", String(repeating: "x", count: 99)]
    )
    func madeUp(base: String) throws {
        let name = Name.madeUp(for: base, at: Date(timeIntervalSince1970: 1_700_000_000.25))
        try Name.checkJob(name)
        #expect(name.hasSuffix("-2023-11-14T221320250"))
    }
}
