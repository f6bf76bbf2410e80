import Testing

@testable import Definitions

@Suite("Names of versions")
struct VersionNameTests {
    private static let candidates = [
        VersionName.Candidate(id: "beef0001-0000", tags: ["production", "cafe"]),
        VersionName.Candidate(id: "beef0002-0000", tags: ["shared"]),
        VersionName.Candidate(id: "cafe0003-0000", tags: ["shared", "beef0001-0000", "abc"]),
    ]

    private func find(_ text: String) throws(RoostError) -> String {
        try VersionName(text).find(among: Self.candidates, of: "model 'm'")
    }

    @Test(
        "a version is found by its ID, by a tag, and by the beginning of its ID, in this order",
        arguments: [
            ("beef0001-0000", "beef0001-0000"), ("BEEF0002-0000", "beef0002-0000"), ("production", "beef0001-0000"),
            ("cafe", "beef0001-0000"), ("cafe0", "cafe0003-0000"), ("CAFE", "cafe0003-0000"), ("abc", "cafe0003-0000"),
            ("beef0002", "beef0002-0000"),
        ]
    )
    func found(text: String, id: String) throws { #expect(try find(text) == id) }

    @Test("what names no version is not found", arguments: ["", "bee", "beef0004", "Production", "prod", "\u{0}", "%"])
    func missing(text: String) {
        #expect(throws: RoostError(.notFound, "Model 'm' has no version '\(text)'.", field: "version")) {
            try find(text)
        }
    }

    @Test("a text that stands for several versions is an error that lists them", arguments: ["beef", "shared"])
    func ambiguous(text: String) {
        #expect {
            try find(text)
        } throws: { error in
            guard let error = error as? RoostError else { return false }
            return error.code == .invalidInput && error.field == "version" && error.message.contains("beef0002-0000")
                && error.message.hasPrefix("'\(text)' stands for several versions of model 'm': ")
        }
    }

    @Test("a long text is shortened, and so is a long list")
    func long() {
        let many = (0..<30).map { VersionName.Candidate(id: "aaaa\($0)", tags: []) }
        #expect {
            try VersionName("aaaa").find(among: many, of: "pipeline 'p'")
        } throws: { ($0 as? RoostError)?.message.contains("aaaa9, …. Add more") == true }
        #expect {
            try find(String(repeating: "x", count: 1 << 20))
        } throws: { (($0 as? RoostError)?.message.utf8.count ?? .max) < 200 }
    }
}
