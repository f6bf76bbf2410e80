import AWS
import Testing

@testable import AWSAccount

@Suite("Policy documents")
struct PolicyDocumentTests {
    private func filled(_ count: Int) -> String {
        let frame = #"{"a":""}"#
        return #"{"a":""# + String(repeating: "x", count: count - frame.count) + #""}"#
    }

    @Test(
        "what is not a JSON object is malformed",
        arguments: [
            "", "{", "[]", "null", "1", #""text""#, "{}{}", "{'a': 1}", #"{"a":}"#, "\u{FEFF}{}",
        ]
    )
    func malformed(text: String) {
        let error = AWSError("MalformedPolicyDocument", "This policy contains invalid Json")
        #expect(throws: error) { try PolicyDocument.trust(text) }
        #expect(throws: error) { try PolicyDocument.managed(text) }
        #expect(throws: error) { try PolicyDocument.checkSyntax(text) }
    }

    @Test("a document that is nested too deeply is malformed")
    func nested() {
        let text = #"{"a":"# + String(repeating: "[", count: 100_000)
        #expect(throws: AWSError.self) { try PolicyDocument.checkSyntax(text) }
    }

    @Test("a document is kept as it was sent")
    func kept() throws {
        let text = "{ \"b\": 1,\r\n\t\"a\": \"é\" }"
        #expect(try PolicyDocument.trust(text) == text)
        #expect(try PolicyDocument.managed(text) == text)
    }

    @Test("a document can be as long as its limit, without its whitespace")
    func limits() throws {
        #expect(try PolicyDocument.trust(filled(4096) + " \n").isEmpty == false)
        #expect(try PolicyDocument.managed(filled(6144) + " \n").isEmpty == false)
        try PolicyDocument.checkInline([filled(10_000), filled(240) + "  "], of: "r")
        #expect(throws: AWSError("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 4096", status: 409)) {
            try PolicyDocument.trust(filled(4097))
        }
        #expect(throws: AWSError("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", status: 409)) {
            try PolicyDocument.managed(filled(6145))
        }
        let text = "Maximum policy size of 10240 bytes exceeded for role r"
        #expect(throws: AWSError("LimitExceeded", text, status: 409)) {
            try PolicyDocument.checkInline([filled(10_000), filled(241)], of: "r")
        }
    }
}
