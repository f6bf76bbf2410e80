import ArgumentParser
import Testing

@testable import roost

@Suite("roost infer")
struct InferTests {
    @Test("the inputs are an argument or a file")
    func inputs() async throws {
        #expect(try await Infer.asyncParse(["fraud", "{}"]).body == "{}")
        #expect(try await Infer.asyncParse(["fraud", "--file", "-"]).file == "-")
    }

    @Test("neither or both is refused", arguments: [["fraud"], ["fraud", "{}", "--file", "a.json"]])
    func refused(arguments: [String]) async {
        await #expect {
            try await Infer.asyncParse(arguments)
        } throws: { error in
            Infer.message(for: error) == "Pass the inputs either as an argument or with --file."
        }
    }
}
