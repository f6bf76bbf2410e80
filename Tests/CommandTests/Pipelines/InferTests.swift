import ArgumentParser
import Testing

@testable import roost

@Suite("roost infer")
struct InferTests {
    @Test("the inputs are an argument or a file")
    func inputs() throws {
        #expect(try Infer.parse(["fraud", "{}"]).body == "{}")
        #expect(try Infer.parse(["fraud", "--file", "-"]).file == "-")
    }

    @Test("neither or both is refused", arguments: [["fraud"], ["fraud", "{}", "--file", "a.json"]])
    func refused(arguments: [String]) {
        #expect {
            try Infer.parse(arguments)
        } throws: { error in
            Infer.message(for: error) == "Pass the inputs either as an argument or with --file."
        }
    }
}
