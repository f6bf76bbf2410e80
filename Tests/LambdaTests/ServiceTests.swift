import Definitions
import Foundation
import Testing

@testable import AWS
@testable import Lambda

struct ServiceTests {
    @Test("every operation has a description and a path")
    func operations() throws {
        let model = try #require(LambdaService.model)
        #expect(model.uncheckedPatterns.isEmpty)
        let paths = Set(LambdaService.description.rest.map(\.name))
        for operation in LambdaService.description.operations {
            #expect(model.has(operation), "\(operation) has no description")
            #expect(paths.contains(operation), "\(operation) has no path")
        }
        for operation in ServiceModel.lambda.rest {
            #expect(LambdaService.description.operations.contains(operation.name), "\(operation.name) is not supported")
        }
    }

    @Test("a page ends with a marker if there is more, and the next one begins after it")
    func pages() throws {
        let names = ["a", "b", "c", "d", "e"]
        var marker: String?
        var seen: [[String]] = []
        repeat {
            var input: [String: JSON] = ["MaxItems": .number(2)]
            input["Marker"] = marker.map(JSON.string)
            let page = try ListPage(.stub("ListFunctions", input)).json(names, key: { $0 }, as: "Names", JSON.string)
            seen.append(page["Names"]?.array?.compactMap(\.string) ?? [])
            marker = page["NextMarker"]?.string
        } while marker != nil
        #expect(seen == [["a", "b"], ["c", "d"], ["e"]])
        #expect(throws: AWSError.self) { try ListPage(.stub("ListFunctions", ["Marker": .string("%")])) }
    }

    @Test("numbers are ordered as keys, in both directions")
    func keys() {
        #expect(ListPage.key(2) < ListPage.key(10))
        #expect(ListPage.descendingKey(10) < ListPage.descendingKey(2))
        #expect(ListPage.descendingKey(-1) == ListPage.descendingKey(0))
    }

    @Test(
        "a principal is everyone, a service, an account or an ARN",
        arguments: [
            ("*", #""*""#),
            ("apigateway.amazonaws.com", #"{"Service":"apigateway.amazonaws.com"}"#),
            ("123456789012", #"{"AWS":"arn:aws:iam::123456789012:root"}"#),
            ("arn:aws:iam::123456789012:user/u", #"{"AWS":"arn:aws:iam::123456789012:user/u"}"#),
        ]
    )
    func principals(principal: String, expected: String) throws {
        let statement = try statement(["Principal": .string(principal)])
        let found = try #require(statement["Principal"])
        #expect(found.text == expected)
        #expect(statement["Condition"] == nil)
    }

    @Test("what is not a principal is refused")
    func invalidPrincipal() {
        let error = #expect(throws: AWSError.self) { try statement(["Principal": .string("nobody")]) }
        #expect(
            error?.message == "The provided principal was invalid. Please check the principal and try again."
        )
    }

    @Test("a statement has AWS's members and conditions")
    func conditions() throws {
        let statement = try statement([
            "Principal": .string("apigateway.amazonaws.com"),
            "SourceArn": .string("arn:aws:execute-api:us-east-1:000000000000:a/*/*"),
            "SourceAccount": .string("000000000000"),
            "FunctionUrlAuthType": .string("NONE"),
        ])
        #expect(
            statement.text
                == #"{"Action":"lambda:InvokeFunction","Condition":{"ArnLike":{"AWS:SourceArn":"#
                + #""arn:aws:execute-api:us-east-1:000000000000:a/*/*"},"StringEquals":{"AWS:SourceAccount":"#
                + #""000000000000","lambda:FunctionUrlAuthType":"NONE"}},"Effect":"Allow","Principal":{"Service":"#
                + #""apigateway.amazonaws.com"},"Resource":"arn:aws:lambda:us-east-1:000000000000:function:f:live","#
                + #""Sid":"s"}"#
        )
    }

    private func statement(_ members: [String: JSON]) throws -> JSON {
        let base: [String: JSON] = ["StatementId": .string("s"), "Action": .string("lambda:InvokeFunction")]
        return try LambdaService.statement(
            .stub("AddPermission", base.merging(members) { _, new in new }),
            resource: FunctionName("f:live", region: "us-east-1")
        )
    }
}
