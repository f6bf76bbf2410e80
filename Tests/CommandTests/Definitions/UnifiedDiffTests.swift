import Testing

@testable import roost

@Suite("The difference of two texts")
struct UnifiedDiffTests {
    private func difference(_ old: [String], _ new: [String]) -> [String] {
        UnifiedDiff.lines(
            old.map { $0 + "\n" }.joined(),
            new.map { $0 + "\n" }.joined(),
            from: "a",
            to: "b"
        ).map(\.text)
    }

    @Test("equal texts have no difference")
    func equal() { #expect(difference(["x", "y"], ["x", "y"]).isEmpty) }

    // As printed by `diff -u` of GNU diffutils 3.8.
    @Test("a changed line has three lines of context")
    func context() {
        let old = (1...9).map(String.init)
        var new = old
        new[4] = "five"
        #expect(
            difference(old, new)
                == ["--- a", "+++ b", "@@ -2,7 +2,7 @@", " 2", " 3", " 4", "-5", "+five", " 6", " 7", " 8"]
        )
    }

    @Test("distant changes are separate hunks, and near ones are one")
    func hunks() {
        let old = (1...20).map(String.init)
        var new = old
        new[0] = "one"
        new[19] = "twenty"
        #expect(
            difference(old, new) == [
                "--- a", "+++ b", "@@ -1,4 +1,4 @@", "-1", "+one", " 2", " 3", " 4", "@@ -17,4 +17,4 @@", " 17", " 18",
                " 19", "-20", "+twenty",
            ]
        )
        new[19] = "20"
        new[7] = "eight"
        #expect(difference(old, new).filter { $0.hasPrefix("@@") } == ["@@ -1,11 +1,11 @@"])
    }

    @Test("a new text is all added, and a removed one is all removed")
    func wholeTexts() {
        #expect(difference([], ["x", "y"]) == ["--- a", "+++ b", "@@ -0,0 +1,2 @@", "+x", "+y"])
        #expect(difference(["x"], []) == ["--- a", "+++ b", "@@ -1 +0,0 @@", "-x"])
    }
}
