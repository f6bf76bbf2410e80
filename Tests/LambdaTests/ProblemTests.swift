import Definitions
import Testing

@testable import AWS
@testable import Lambda

struct ProblemTests {
    private static let arn = "arn:aws:lambda:us-east-1:000000000000:function:f"

    private func error(
        _ problem: FunctionProblem,
        _ operation: String = "UpdateFunctionConfiguration",
        _ input: [String: JSON] = ["FunctionName": .string("f")]
    ) -> AWSError {
        AWSError(problem, .stub(operation, input))
    }

    @Test(
        "a function that does not exist is not found under the name that was given",
        arguments: [
            ("GetFunction", nil, "Function not found: \(arn)", 404),
            ("GetFunction", "7", "Function not found: \(arn):7", 404),
            ("DeleteFunction", "7", "Function not found: \(arn)", 404),
            ("Invoke", nil, "Function not found: \(arn):$LATEST", 404),
            ("Invoke", "7", "Function not found: \(arn):7", 404),
            ("PutFunctionConcurrency", nil, "Function not found: \(arn):$LATEST", 404),
            ("CreateFunctionUrlConfig", nil, "Function does not exist", 404),
            ("GetFunctionUrlConfig", nil, "The resource you requested does not exist.", 404),
            ("GetPolicy", nil, "The resource you requested does not exist.", 404),
            ("RemovePermission", nil, "No policy found for: \(arn)", 404),
        ] as [(String, String?, String, Int)]
    )
    func notFound(operation: String, qualifier: String?, message: String, status: Int) {
        var input: [String: JSON] = ["FunctionName": .string("f")]
        input["Qualifier"] = qualifier.map(JSON.string)
        let error = error(.notFound(name: "f", qualifier: nil), operation, input)
        #expect(error.code == "ResourceNotFoundException")
        #expect(error.message == message)
        #expect(error.status == status)
        #expect(error.members["Type"] == .string("User"))
    }

    @Test("an alias that does not exist has two texts")
    func aliases() {
        let problem = FunctionProblem.aliasNotFound(function: "f", alias: "a")
        #expect(error(problem, "GetAlias").message == "Cannot find alias arn: \(Self.arn):a")
        #expect(error(problem, "UpdateAlias").message == "Alias not found: \(Self.arn):a")
        let exists = error(.aliasExists(function: "f", alias: "a"))
        #expect(exists.message == "Alias already exists: \(Self.arn):a")
        #expect(exists.code == "ResourceConflictException")
        #expect(exists.status == 409)
    }

    @Test(
        "conflicts and stale revisions have AWS's texts",
        arguments: [
            (.alreadyExists(name: "f"), "ResourceConflictException", 409, "Function already exist: f"),
            (
                .statementExists(id: "s"), "ResourceConflictException", 409,
                "The statement id (s) provided already exists. Please provide a new statement id, "
                    + "or remove the existing statement."
            ),
            (
                .urlExists, "ResourceConflictException", 409,
                "Failed to create function url config for [functionArn = \(arn)]. "
                    + "Error message:  FunctionUrlConfig exists for this Lambda function"
            ),
            (
                .staleRevision, "PreconditionFailedException", 412,
                "The Revision Id provided does not match the latest Revision Id. "
                    + "Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
            ),
            (
                .statementNotFound(id: "s", hasPolicy: true), "ResourceNotFoundException", 404,
                "Statement s is not found in resource policy."
            ),
            (
                .statementNotFound(id: "s", hasPolicy: false), "ResourceNotFoundException", 404,
                "No policy is associated with the given resource."
            ),
            (
                .tooManyTags(limit: 50), "InvalidParameterValueException", 400,
                "Number of tags exceeds resource tag limit."
            ),
        ] as [(FunctionProblem, String, Int, String)]
    )
    func conflicts(problem: FunctionProblem, code: String, status: Int, message: String) {
        let error = error(problem)
        #expect(error.code == code)
        #expect(error.status == status)
        #expect(error.message == message)
    }

    @Test(
        "bad code and bad configurations have AWS's texts",
        arguments: [
            (
                .notAnArchive(reason: "x"), "InvalidParameterValueException", 400,
                "Could not unzip uploaded file. Please check your file, then try to upload again."
            ),
            (
                .archiveTooLarge(limit: 52_428_800), "RequestEntityTooLargeException", 413,
                "Zipped size must be smaller than 52428800 bytes"
            ),
            (
                .unpackedTooLarge(limit: 262_144_000), "InvalidParameterValueException", 400,
                "Unzipped size must be smaller than 262144000 bytes"
            ),
            (
                .noSuchKey("k"), "InvalidParameterValueException", 400,
                "Error occurred while GetObject. S3 Error Code: NoSuchKey. "
                    + "S3 Error Message: The specified key does not exist."
            ),
            (
                .noSuchBucket("b"), "InvalidParameterValueException", 400,
                "Error occurred while GetObject. S3 Error Code: NoSuchBucket. "
                    + "S3 Error Message: The specified bucket does not exist"
            ),
            (
                .outOfRange(member: "timeout", value: 901, range: 1...900), "ValidationException", 400,
                "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: "
                    + "Member must have value less than or equal to 900"
            ),
            (
                .outOfRange(member: "memorySize", value: 127, range: 128...10240), "ValidationException", 400,
                "1 validation error detected: Value '127' at 'memorySize' failed to satisfy constraint: "
                    + "Member must have value greater than or equal to 128"
            ),
            (
                .reservedVariables(["AWS_REGION"]), "InvalidParameterValueException", 400,
                "Lambda was unable to configure your environment variables because the environment variables you have "
                    + "provided contains reserved keys that are currently not supported for modification. "
                    + "Reserved keys used in this request: AWS_REGION"
            ),
            (
                .tooManyLayers(limit: 5), "InvalidParameterValueException", 400, "Cannot reference more than 5 layers."
            ),
            (
                .invalidWeight(version: "2", weight: 2), "ValidationException", 400,
                "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy "
                    + "constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
                    + "Member must have value greater than or equal to 0.0, Member must not be null]"
            ),
        ] as [(FunctionProblem, String, Int, String)]
    )
    func code(problem: FunctionProblem, code: String, status: Int, message: String) {
        let error = error(problem)
        #expect(error.code == code)
        #expect(error.status == status)
        #expect(error.message == message)
    }

    @Test("a function without capacity says why, and constraints have no type")
    func members() {
        let busy = error(.busy(isReserved: true), "Invoke")
        #expect(busy.status == 429)
        #expect(busy.message == "Rate Exceeded.")
        #expect(busy.members["Reason"] == .string("ReservedFunctionConcurrentInvocationLimitExceeded"))
        #expect(error(.outOfRange(member: "timeout", value: 0, range: 1...900)).members.isEmpty)
    }

    @Test("too many variables are shown")
    func variables() {
        let input: [String: JSON] = ["Environment": .object(["Variables": .strings(["A": "xxx"])])]
        let error = error(.variablesTooLarge(limit: 4096), "CreateFunction", input)
        #expect(error.message.hasSuffix(#"exceeded the 4KB limit. String measured: {"A":"xxx"}"#))
    }

    @Test("a layer is not found where it is read, and invalid where it is used")
    func layers() {
        let problem = FunctionProblem.layerNotFound(.init(name: "l", number: 2))
        #expect(error(problem, "GetLayerVersion").status == 404)
        let first = "arn:aws:lambda:us-east-1:000000000000:layer:l:1"
        let second = "arn:aws:lambda:us-east-1:000000000000:layer:l:2"
        let input: [String: JSON] = ["Layers": .array([.string(first), .string(second)])]
        let used = error(problem, "CreateFunction", input)
        #expect(used.status == 400)
        #expect(used.message == "Layer version \(second) does not exist.")
        #expect(
            error(.layerTwice("l"), "CreateFunction", input).message
                == "Two different versions of the same layer are not allowed to be referenced in the same function. "
                + "\(first) and \(second) are versions of the same layer."
        )
    }

    @Test("another checksum is shown beside the current one, both as AWS writes them")
    func checksum() {
        let error = error(
            .otherCode(given: "", current: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            "PublishVersion",
            ["CodeSha256": .string("x")]
        )
        #expect(
            error.message
                == "CodeSHA256 (x) is different from current CodeSHA256 in $LATEST "
                + "(47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=). Please try again with the CodeSHA256 in $LATEST."
        )
    }

    @Test("names, values and handlers that no function can have")
    func configurations() {
        let names = error(.invalidVariableNames(["1", "A B"]))
        #expect(names.code == "ValidationException")
        #expect(
            names.message
                == "1 validation error detected: Value '1, A B' at 'environment.variables' failed to satisfy constraint: "
                + "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]"
        )
        #expect(error(.invalidVariableValues(["A1"])).code == "InvalidParameterValueException")
        let handler = error(.invalidHandler("a b"))
        #expect(handler.code == "ValidationException")
        #expect(handler.message.hasPrefix("1 validation error detected: Value 'a b' at 'handler' failed to satisfy"))
    }
}
