import Definitions
import Testing

@testable import AWS
@testable import Lambda

struct FunctionNameTests {
    @Test(
        "a function is named by its name, a part of its ARN or its ARN",
        arguments: [
            ("f", "f", nil),
            ("f:3", "f", "3"),
            ("f:$LATEST", "f", "$LATEST"),
            ("function:f", "f", nil),
            ("function:f:live", "f", "live"),
            ("000000000000:function:f", "f", nil),
            ("123456789012:f", "f", nil),
            ("us-east-1:000000000000:function:f:live", "f", "live"),
            ("arn:aws:lambda:us-east-1:000000000000:function:f", "f", nil),
            ("arn:aws:lambda:us-east-1:000000000000:function:f:1", "f", "1"),
            ("arn:aws:lambda:us-east-1:123456789012:function:f", "f", nil),
            ("arn:aws:lambda:us-east-1:000000000000:function", "function", nil),
            ("function", "function", nil),
            ("us-east-1", "us-east-1", nil),
        ] as [(String, String, String?)]
    )
    func forms(text: String, name: String, qualifier: String?) throws {
        let read = try FunctionName(text, region: "us-east-1")
        #expect(read.name == name)
        #expect(read.qualifier == qualifier)
    }

    @Test("the qualifier of the request completes the name")
    func qualifier() throws {
        #expect(try FunctionName("f", qualifier: "live", region: "us-east-1").qualifier == "live")
        #expect(try FunctionName("f:live", qualifier: "live", region: "us-east-1").qualifier == "live")
    }

    @Test("two qualifiers must agree")
    func mismatch() {
        let error = #expect(throws: AWSError.self) { try FunctionName("f:1", qualifier: "2", region: "us-east-1") }
        #expect(error?.code == "InvalidParameterValueException")
        #expect(
            error?.message == "The derived qualifier from the function name does not match the specified qualifier."
        )
    }

    @Test("functions of another region are not reachable")
    func region() {
        let error = #expect(throws: AWSError.self) {
            try FunctionName("arn:aws:lambda:eu-west-1:000000000000:function:f", region: "us-east-1")
        }
        #expect(error?.code == "ResourceNotFoundException")
        #expect(error?.status == 404)
        #expect(error?.message == "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')")
    }

    @Test("an ARN names the qualifier if there is one")
    func arn() {
        #expect(FunctionName.arn("f", region: "us-east-1") == "arn:aws:lambda:us-east-1:000000000000:function:f")
        #expect(
            FunctionName.arn("f", "live", region: "us-east-1")
                == "arn:aws:lambda:us-east-1:000000000000:function:f:live"
        )
    }

    @Test("tags and concurrency belong to functions, not to versions")
    func unqualified() throws {
        func call(_ name: String) -> AWSCall { .stub("PutFunctionConcurrency", ["FunctionName": .string(name)]) }
        #expect(try FunctionName.unqualified(call("f")) == "f")
        #expect(try FunctionName.unqualified(call("f:$LATEST")) == "f")
        let error = #expect(throws: AWSError.self) { try FunctionName.unqualified(call("f:1")) }
        #expect(error?.message.hasPrefix("This operation is permitted on Lambda functions only.") == true)
    }

    @Test("layers of another region are refused, and what is no layer of this server is not found")
    func layers() throws {
        let arn = "arn:aws:lambda:us-east-1:000000000000:layer:l:7"
        let layer = try #require(try LayerName.reference(arn, region: "us-east-1"))
        #expect(layer.name == "l")
        #expect(layer.number == 7)
        #expect(LayerName.arn(layer, region: "us-east-1") == arn)
        #expect(try LayerName.reference("arn:aws:lambda:::awslayer:l", region: "us-east-1") == nil)
        #expect(try LayerName.reference("\(arn)99999999999999999999", region: "us-east-1") == nil)
        let error = #expect(throws: AWSError.self) { try LayerName.reference(arn, region: "eu-west-1") }
        #expect(
            error?.message
                == "Layers are not in the same region as the function. Layers are expected to be in region eu-west-1."
        )
        #expect(LayerName.name("arn:aws:lambda:us-east-1:000000000000:layer:l") == "l")
        #expect(LayerName.name("l") == "l")
    }
}
