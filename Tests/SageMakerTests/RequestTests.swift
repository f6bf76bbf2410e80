import Definitions
import Foundation
import Testing

@testable import AWS
@testable import CloudWatch
@testable import SageMaker

/// Errors, names and pages, which all operations share, and the tokens and filter patterns of logs.
struct RequestTests {
    private func call(_ input: [String: JSON], operation: String = "ListTrainingJobs", at time: Double = 1000)
        -> AWSCall
    {
        AWSCall(
            operation: operation,
            input: .object(input),
            region: "eu-west-1",
            time: Date(timeIntervalSince1970: time)
        )
    }

    @Test("pages cover the whole list and keep the time of the first page")
    func pages() throws {
        var input: [String: JSON] = ["MaxResults": .number(4), "NameContains": .string("a")]
        var seen: [Int] = []
        var calls = 0
        repeat {
            calls += 1
            let page = try Page(call(input, at: 1000 + Double(calls)))
            #expect(page.time.timeIntervalSince1970 == 1001)
            let (elements, next) = page.cut(Array(0..<10))
            seen += elements
            input["NextToken"] = next
        } while input["NextToken"] != nil
        #expect(seen == Array(0..<10))
        #expect(calls == 3)
    }

    @Test("a token with other filters and an invalid token are rejected")
    func foreignToken() throws {
        let token = try Page(call(["NameContains": .string("a")])).next
        #expect(throws: AWSError.self) { try Page(call(["NameContains": .string("b"), "NextToken": token])) }
        #expect(throws: AWSError.self) {
            try Page(call(["NameContains": .string("a"), "NextToken": token], operation: "ListModels"))
        }
        for text in ["", "x", "MTAgMTAgMTA=", "LTUgMSAx"] {
            #expect(throws: AWSError.self) { try Page(call(["NextToken": .string(text)])) }
        }
    }

    @Test("a token with too large an offset or an invalid time is rejected")
    func hugeTokens() throws {
        let digest = try Page(call([:])).next.string.flatMap { Data(base64Encoded: $0) }
            .map { String(decoding: $0, as: UTF8.self).split(separator: " ")[2] }
        let known = try #require(digest)
        for text in ["9223372036854775807 1 \(known)", "0 1e300 \(known)", "0 nan \(known)", "0 inf \(known)"] {
            let token = JSON.string(Data(text.utf8).base64EncodedString())
            #expect(throws: AWSError.self) { try Page(call(["NextToken": token])) }
        }
        for text in ["f/9223372036854775807", "b/9223372036854775807", "f/-1"] {
            #expect(throws: AWSError.self) { try LogToken(.object(["nextToken": .string(text)])) }
        }
        let cursor = JSON.string(Data("9223372036854775807 a".utf8).base64EncodedString())
        #expect(throws: AWSError.self) { try LogCursor(.object(["nextToken": cursor])) }
    }

    @Test("an ARN names a kind and a name in lower case")
    func resourceName() {
        let name = ResourceName(arn: "arn:aws:sagemaker:us-east-1:000000000000:training-job/My-Job")
        #expect(name?.kind == "training-job")
        #expect(name?.name == "my-job")
        for arn in ["", "arn:aws:s3:::bucket", "arn:aws:sagemaker:us-east-1:1:model", "model/x"] {
            #expect(ResourceName(arn: arn) == nil)
        }
        #expect(call([:]).arn("model", "My-Model") == "arn:aws:sagemaker:eu-west-1:000000000000:model/my-model")
    }

    @Test("a missing member is reported in AWS's words")
    func missingMember() {
        let expected = AWSError.validation(
            "1 validation error detected: Value null at 'outputDataConfig.s3OutputPath' failed to satisfy constraint: "
                + "Member must not be null"
        )
        #expect(throws: expected) { try JSON.object([:]).required("OutputDataConfig", "S3OutputPath") }
    }

    @Test(
        "errors of lower layers have AWS's codes",
        arguments: [
            (RoostError.Code.invalidInput, "ValidationException", 400), (.conflict, "ResourceInUse", 400),
            (.busy, "ThrottlingException", 400), (.unavailable, "ServiceUnavailable", 503),
        ]
    )
    func mistakes(code: RoostError.Code, expected: String, status: Int) {
        #expect(AWSError(RoostError(code, "m")) == AWSError(expected, "m", status: status))
    }

    @Test("a log token is a position and a direction")
    func logTokens() throws {
        #expect(try LogToken(.object([:])) == nil)
        for token in [LogToken.forward(0), .backward(7), .forward(1 << 40)] {
            #expect(try LogToken(.object(["nextToken": token.json])) == token)
        }
        for text in ["", "f/", "x/1", "f/-1", "f/99999999999999999999"] {
            #expect(throws: AWSError.self) { try LogToken(.object(["nextToken": .string(text)])) }
        }
    }

    @Test(
        "a plain-text filter pattern matches messages",
        arguments: [
            ("", "anything", true), ("rmse", "validation-rmse:1", true), ("a b", "b and a", true), ("a b", "b", false),
            ("\"a b\"", "b a", false), ("\"a b\"", "x a b y", true), ("?x ?y", "only y", true),
            ("?x ?y", "none", false),
            ("a -b", "a", true), ("a -b", "a b", false), ("-\"[0]\"", "[0] x", false), ("RMSE", "rmse", false),
            ("\"open", "open end", true),
        ]
    )
    func patterns(pattern: String, message: String, matches: Bool) throws {
        #expect(try LogFilter(pattern).matches(message) == matches)
    }

    @Test("other filter patterns are rejected", arguments: ["{ $.a = 1 }", "[a, b]", "%a%"])
    func otherPatterns(pattern: String) {
        #expect(throws: AWSError.self) { try LogFilter(pattern) }
    }

    @Test("a definition survives conversion to a request and back")
    func definitionAsRequest() throws {
        let definition = TrainingDefinition(
            name: "j",
            algorithm: "xgboost",
            hyperparameters: ["num_round": "3"],
            channels: [
                DataChannel(name: "train", uri: "s3://b/train", contentType: "text/csv"),
                DataChannel(name: "other", uri: "s3://b/m.json", selection: .manifest, isCompressed: true),
            ],
            output: "s3://b/out",
            maxRuntime: 77,
            environment: ["A": "b"],
            metrics: [MetricDefinition(name: "m", pattern: "m=(.*)")],
            checkpoints: "s3://b/c"
        )
        let read = try TrainingRequest.definition(
            TrainingRequest.request(definition),
            name: "j",
            hyperparameters: definition.hyperparameters
        )
        #expect(read == definition)

        var transform = TransformDefinition(
            name: "t",
            model: ModelReference(name: "m"),
            workspace: SageMakerService.workspace,
            input: DataChannel(name: "input", uri: "s3://b/in"),
            output: "s3://b/out"
        )
        transform.batching = .singleRecord
        transform.maxPayload = 1
        transform.maxConcurrent = 4
        transform.accept = "text/csv"
        transform.inputFilter = "$[1:]"
        transform.outputFilter = "$[0]"
        transform.join = .input
        let request = TransformRequest.request(transform).merging(["TransformJobName": .string("t")])
        #expect(try TransformRequest.definition(request) == transform)
    }
}
