import Foundation
import Testing

@testable import AWS

@Suite("The query protocol")
struct QueryTests {
    private let model = ServiceModel(
        inputs: #"{"Do":0}"#,
        shapes: #"""
            {"t":"S","m":[["Name",1],["Flag",2],["Count",3],["Names",4],["Pairs",5]]}
            {"pattern":"[\\w+=,.@-]+","t":"s"}
            {"t":"b"}
            {"t":"i"}
            {"t":"L","e":1}
            {"t":"L","e":6}
            {"t":"S","m":[["Key",1],["Value",1]],"r":["Key"]}
            """#,
        inputError: "ValidationError"
    )

    private func input(_ form: String) throws -> JSON { model.input(try QueryForm(form), of: "Do") }

    @Test("numbers and booleans have their types")
    func types() throws {
        let input = try input("Flag=true&Count=12&Name=true")
        #expect(input == .object(["Flag": .bool(true), "Count": .number(12), "Name": .string("true")]))
        try model.check(input, of: "Do")
    }

    @Test("a value that is not a boolean is refused", arguments: ["", "1", "True", "yes"])
    func booleans(text: String) throws {
        let input = try input("Flag=\(text)")
        let refusal = #expect(throws: AWSError.self) { try model.check(input, of: "Do") }
        #expect(refusal?.code == "SerializationException")
    }

    @Test("lists end where a number is missing, and an empty value is an empty list")
    func lists() throws {
        #expect(
            try input("Names.member.1=a&Names.member.2=b&Names.member.4=d")
                == .object(["Names": .array([.string("a"), .string("b")])])
        )
        #expect(try input("Names=&Pairs=") == .object(["Names": .array([]), "Pairs": .array([])]))
        #expect(try input("Names.member.2=b") == .object([:]))
        #expect(
            try input("Pairs.member.1.Key=k&Pairs.member.1.Value=v")
                == .object(["Pairs": .array([.object(["Key": .string("k"), "Value": .string("v")])])])
        )
    }

    @Test("\\w in a pattern matches ASCII only, as on AWS", arguments: ["é", "名", "٣", "a b", "a\n", "[", "]"])
    func patterns(name: String) throws {
        try model.check(.object(["Name": .string("aZ0_+=,.@-")]), of: "Do")
        let refusal = #expect(throws: AWSError.self) { try model.check(.object(["Name": .string(name)]), of: "Do") }
        #expect(refusal?.message.hasSuffix(#"satisfy regular expression pattern: [\w+=,.@-]+"#) == true)
    }

    @Test("a whole number is written without a fraction")
    func numbers() {
        let value = JSON.object([
            "Whole": .number(3600), "Half": .number(0.5), "Flag": .bool(true), "Empty": .array([]),
            "List": .array([.string("<&>")]),
        ])
        let body = String(decoding: QueryElement("Result", value).answer().body, as: UTF8.self)
        #expect(
            body.hasSuffix(
                "<Result><Empty></Empty><Flag>true</Flag><Half>0.5</Half><List><member>&lt;&amp;&gt;</member></List>"
                    + "<Whole>3600</Whole></Result>"
            )
        )
    }
}
