import Definitions
import Foundation
import Functions
import Testing

@testable import AWS
@testable import Lambda

struct ConfigurationTests {
    private static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    private var version: FunctionVersion {
        var configuration = FunctionConfiguration(runtime: "python3.11", handler: "app.handler")
        configuration.role = "arn:aws:iam::000000000000:role/r"
        return FunctionVersion(
            number: "$LATEST",
            configuration: configuration,
            code: FunctionCode(digest: Self.empty, byteCount: 22),
            // 2026-11-28T07:05:38.123Z
            modifiedAt: Date(timeIntervalSince1970: 1_795_849_538.123),
            revision: "6a9d1f0e-0000-4000-8000-000000000000"
        )
    }

    private func expected(_ text: String) throws -> JSON { try #require(JSON(parsing: Data(text.utf8))) }

    @Test("a new function is pending, and has AWS's defaults")
    func created() throws {
        let json = version.json(function: "f", qualifier: nil, region: "us-east-1", at: .created)
        let runtime = try #require(json["RuntimeVersionConfig"]?["RuntimeVersionArn"]?.string)
        #expect(runtime.wholeMatch(of: /arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}/) != nil)
        #expect(
            json.without("RuntimeVersionConfig")
                == (try expected(
                    """
                    {
                        "FunctionName": "f",
                        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f",
                        "Version": "$LATEST",
                        "Runtime": "python3.11",
                        "Role": "arn:aws:iam::000000000000:role/r",
                        "Handler": "app.handler",
                        "Description": "",
                        "Timeout": 3,
                        "MemorySize": 128,
                        "EphemeralStorage": {"Size": 512},
                        "CodeSize": 22,
                        "CodeSha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                        "LastModified": "2026-11-28T07:05:38.123+0000",
                        "RevisionId": "6a9d1f0e-0000-4000-8000-000000000000",
                        "PackageType": "Zip",
                        "Architectures": ["x86_64"],
                        "TracingConfig": {"Mode": "PassThrough"},
                        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
                        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"},
                        "State": "Pending",
                        "StateReason": "The function is being created.",
                        "StateReasonCode": "Creating"
                    }
                    """
                ))
        )
    }

    @Test("a change is in progress in its response, and done at the next read")
    func states() {
        let updated = version.json(function: "f", qualifier: nil, region: "us-east-1", at: .updated)
        #expect(updated["State"]?.string == "Active")
        #expect(updated["LastUpdateStatus"]?.string == "InProgress")
        #expect(updated["LastUpdateStatusReason"]?.string == "The function is being created.")
        #expect(updated["LastUpdateStatusReasonCode"]?.string == "Creating")
        let read = version.json(function: "f", qualifier: "live", region: "us-east-1")
        #expect(read["State"]?.string == "Active")
        #expect(read["LastUpdateStatus"]?.string == "Successful")
        #expect(read["StateReason"] == nil)
        #expect(read["FunctionArn"]?.string == "arn:aws:lambda:us-east-1:000000000000:function:f:live")
        let listed = version.json(function: "f", qualifier: nil, region: "us-east-1", at: .listed)
        #expect(listed["State"] == nil)
        #expect(listed["LastUpdateStatus"] == nil)
        #expect(listed["RuntimeVersionConfig"] == nil)
    }

    @Test("variables, layers and log levels are there if they were given")
    func optionalMembers() throws {
        var version = version
        version.configuration.environment = ["A": "1"]
        var layer = LayerReference(name: "l", number: 2)
        layer.code = FunctionCode(digest: Self.empty, byteCount: 77)
        version.configuration.layers = [layer]
        version.configuration.logsJSON = true
        version.configuration.logLevel = "DEBUG"
        let json = version.json(function: "f", qualifier: nil, region: "us-east-1")
        #expect(json["Environment"] == (try expected(#"{"Variables": {"A": "1"}}"#)))
        #expect(
            json["Layers"]
                == (try expected(#"[{"Arn": "arn:aws:lambda:us-east-1:000000000000:layer:l:2", "CodeSize": 77}]"#))
        )
        #expect(
            json["LoggingConfig"]
                == (try expected(
                    """
                    {"LogFormat": "JSON", "LogGroup": "/aws/lambda/f", "ApplicationLogLevel": "DEBUG",
                    "SystemLogLevel": "INFO"}
                    """
                ))
        )
    }

    @Test("only the members of a request change")
    func changes() throws {
        var configuration = version.configuration
        configuration.environment = ["A": "1"]
        configuration.description = "old"
        let request = try FunctionRequest(
            expected(#"{"Timeout": 9, "Description": "", "LoggingConfig": {"LogFormat": "JSON"}}"#),
            region: "us-east-1"
        )
        request.apply(to: &configuration)
        #expect(configuration.timeout == 9)
        #expect(configuration.description == "")
        #expect(configuration.logsJSON)
        #expect(configuration.environment == ["A": "1"])
        #expect(configuration.handler == "app.handler")
        try FunctionRequest(expected(#"{"Environment": {"Variables": {"B": "2"}}}"#), region: "us-east-1")
            .apply(to: &configuration)
        #expect(configuration.environment == ["B": "2"])
        try FunctionRequest(expected(#"{"Environment": {}}"#), region: "us-east-1").apply(to: &configuration)
        #expect(configuration.environment.isEmpty)
    }

    @Test(
        "what the server does not have is refused",
        arguments: [
            (#"{"PackageType": "Image"}"#, "Container images are not supported"),
            (#"{"Code": {"ImageUri": "x"}}"#, "Container images are not supported"),
            (#"{"VpcConfig": {"SubnetIds": ["subnet-1"]}}"#, "'VpcConfig' is not supported"),
            (#"{"SnapStart": {"ApplyOn": "PublishedVersions"}}"#, "'SnapStart' is not supported"),
            (#"{"LoggingConfig": {"LogGroup": "other"}}"#, "The log group 'other' is not supported"),
            (#"{"Code": {"SourceKMSKeyArn": "arn:aws:kms:x"}}"#, "'SourceKMSKeyArn' is not supported"),
        ]
    )
    func unsupported(input: String, message: String) throws {
        let input = try expected(input)
        let error = #expect(throws: AWSError.self) { try FunctionRequest.check(input, of: "f") }
        #expect(error?.code == "InvalidParameterValueException")
        #expect(error?.message.hasPrefix(message) == true)
    }

    @Test("empty structures, which infrastructure tools send, are accepted")
    func emptyStructures() throws {
        let input = try expected(
            """
            {"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": [], "Ipv6AllowedForDualStack": false},
            "DeadLetterConfig": {}, "KMSKeyArn": "", "FileSystemConfigs": [], "SnapStart": {"ApplyOn": "None"},
            "LoggingConfig": {"LogGroup": "/aws/lambda/f"}, "PackageType": "Zip"}
            """
        )
        #expect(throws: Never.self) { try FunctionRequest.check(input, of: "f") }
    }

    @Test("code comes from a zip archive or from an object, and from one of them")
    func code() throws {
        guard case .zip(let data) = try FunctionRequest.code(expected(#"{"ZipFile": "UEsFBg=="}"#)) else {
            Issue.record("not an archive")
            return
        }
        #expect(data == Data("PK\u{5}\u{6}".utf8))
        guard case .object(let uri) = try FunctionRequest.code(expected(#"{"S3Bucket": "b", "S3Key": "k"}"#)) else {
            Issue.record("not an object")
            return
        }
        #expect(uri == ObjectURI(bucket: "b", key: "k"))
        for (input, code) in [
            ("{}", "InvalidParameterValueException"),
            (#"{"S3Bucket": "b"}"#, "InvalidParameterValueException"),
            (#"{"ZipFile": "UEsFBg==", "S3Key": "k"}"#, "InvalidParameterValueException"),
            (#"{"ZipFile": "%"}"#, "SerializationException"),
            (#"{"S3Bucket": "b", "S3Key": "k", "S3ObjectVersion": "7"}"#, "InvalidParameterValueException"),
        ] {
            let input = try expected(input)
            let error = #expect(throws: AWSError.self) { try FunctionRequest.code(input) }
            #expect(error?.code == code)
        }
    }
}
