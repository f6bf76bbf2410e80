import AWSAccount
import Definitions
import Foundation
import SageMaker
import Testing

@testable import AWS
@testable import CloudWatch

struct InputCheckTests {
    private static let services: [any AWSService.Type] = [
        SageMakerService.self, CloudWatchLogs.self, CloudWatchMetrics.self, ServiceQuotas.self, IAMService.self,
        STSService.self,
    ]

    private func model(_ service: String = "sagemaker") throws -> ServiceModel {
        let found = Self.services.first { $0.description.name == service }?.model
        return try #require(found)
    }

    private func refusal(_ input: String, of operation: String, service: String = "sagemaker") throws -> AWSError? {
        let input = try #require(JSON(parsing: Data(input.utf8)))
        let model = try model(service)
        do throws(AWSError) {
            try model.check(input, of: operation)
            return nil
        } catch {
            return error
        }
    }

    @Test("every supported operation has a description")
    func everyOperationIsDescribed() throws {
        for service in Self.services {
            let found = service.model
            let model = try #require(found)
            for operation in service.description.operations {
                #expect(
                    model.has(operation),
                    "scripts/make_service_model.py lacks \(service.description.name).\(operation)"
                )
            }
        }
    }

    @Test("all patterns compile")
    func patternsAreChecked() {
        #expect(Self.services.allSatisfy { $0.model?.uncheckedPatterns.isEmpty == true })
    }

    @Test(
        "no pattern is slow on any input",
        arguments: [
            "a", "-", "a-", "a/", "a.", "//", "s3://a/", "arn:aws:", " ", "é", "a,", "[a]", "(", "\\", "\n", "0", ":",
            "a=b&",
        ]
    )
    func patternsEnd(repeated: String) {
        let clock = ContinuousClock()
        for count in [60, 500, 8192] {
            let text = String(repeating: repeated, count: count / repeated.count) + "\u{1}"
            for pattern in Self.services.flatMap({ $0.model?.patterns ?? [] }) {
                let time = clock.measure { _ = pattern.matches(text) }
                // Most take microseconds, but the machine may be busy.
                #expect(time < .milliseconds(500), "\(pattern.text) took \(time) for '\(repeated)' × \(count)")
            }
        }
    }

    @Test("a number too large to be exact in JSON is rejected")
    func largeNumbers() throws {
        for number in ["9223372036854775807", "1e300", "-1e300", "9007199254740993000"] {
            let input = #"{"TrainingJobName":"a","MaxResults":\#(number)}"#
            let refusal = try refusal(input, of: "ListTrainingJobs")
            #expect(refusal?.code == "SerializationException")
        }
    }

    @Test(
        "validation errors have AWS's messages",
        arguments: [
            (
                "DescribeTrainingJob", #"{"TrainingJobName":"a_b"}"#,
                "1 validation error detected: Value 'a_b' at 'trainingJobName' failed to satisfy constraint: "
                    + "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
            ),
            (
                "DescribeTrainingJob", "{}",
                "1 validation error detected: Value null at 'trainingJobName' failed to satisfy constraint: "
                    + "Member must not be null"
            ),
            (
                "DescribeTrainingJob", #"{"TrainingJobName":null}"#,
                "1 validation error detected: Value null at 'trainingJobName' failed to satisfy constraint: "
                    + "Member must not be null"
            ),
            (
                "ListTrainingJobs", #"{"MaxResults":101,"SortOrder":"Up"}"#,
                "2 validation errors detected: Value '101' at 'maxResults' failed to satisfy constraint: "
                    + "Member must have value less than or equal to 100; Value 'Up' at 'sortOrder' failed to satisfy "
                    + "constraint: Member must satisfy enum value set: [Ascending, Descending]"
            ),
            (
                "CreateEndpointConfig", #"{"EndpointConfigName":"c","ProductionVariants":[]}"#,
                "1 validation error detected: Value '[]' at 'productionVariants' failed to satisfy constraint: "
                    + "Member must have length greater than or equal to 1"
            ),
            (
                "CreateEndpointConfig",
                #"{"EndpointConfigName":"c","ProductionVariants":[{"VariantName":"v","ModelName":"m","InitialVariantWeight":-1}]}"#,
                "1 validation error detected: Value '-1' at 'productionVariants.1.member.initialVariantWeight' failed to "
                    + "satisfy constraint: Member must have value greater than or equal to 0"
            ),
        ]
    )
    func texts(operation: String, input: String, text: String) throws {
        let error = try #require(try refusal(input, of: operation))
        #expect(error == .validation(text))
    }

    @Test("an invalid map value is reported with all of its constraints")
    func maps() throws {
        let long = String(repeating: "x", count: 3000)
        let input =
            #"{"TrainingJobName":"j","AlgorithmSpecification":{"TrainingInputMode":"File"},"RoleArn":"arn:aws:iam::000000000000:role/r","OutputDataConfig":{"S3OutputPath":"s3://b"},"ResourceConfig":{"VolumeSizeInGB":1},"StoppingCondition":{},"HyperParameters":{"a":"\#(long)"}}"#
        let error = try #require(try refusal(input, of: "CreateTrainingJob"))
        #expect(error.message.hasPrefix("1 validation error detected: Value '{a=xxx"))
        #expect(
            error.message.contains(
                "at 'hyperParameters' failed to satisfy constraint: Map value must satisfy constraint: "
                    + "[Member must have length less than or equal to 2500, "
            )
        )
    }

    @Test(
        "a wrong JSON type is a serialization error",
        arguments: [
            (#"{"TrainingJobName":1}"#, "NUMBER_VALUE can not be converted to a String"),
            (#"{"TrainingJobName":true}"#, "TRUE_VALUE can not be converted to a String"),
            (#"{"TrainingJobName":{}}"#, "Start of structure or map found where not expected."),
            (#"{"TrainingJobName":[]}"#, "Start of list found where not expected."),
        ]
    )
    func types(input: String, text: String) throws {
        #expect(try refusal(input, of: "DescribeTrainingJob") == AWSError("SerializationException", text))
    }

    @Test("CloudWatch Logs has its own error code")
    func logs() throws {
        let error = try #require(try refusal("{}", of: "GetLogEvents", service: "logs"))
        #expect(error.code == "InvalidParameterException")
        #expect(error.message.contains("Value null at 'logStreamName'"))
    }

    @Test("valid input passes, and unknown members and operations are not checked")
    func right() throws {
        let input = #"{"TrainingJobName":"job-1","Unknown":{"a":[1]}}"#
        #expect(try refusal(input, of: "DescribeTrainingJob") == nil)
        #expect(try refusal("{}", of: "NoSuchOperation") == nil)
    }

    @Test("a string designed to be slow to match is matched quickly")
    func hostile() throws {
        let value = String(repeating: "a ", count: 1000) + "\u{2028}"
        let input = JSON.object(["TrainingJobName": .string("j"), "HyperParameters": .object(["a": .string(value)])])
        let name = JSON.object(["TrainingJobName": .string(String(repeating: "a-", count: 31) + "_")])
        let start = ContinuousClock.now
        _ = try refusal(String(decoding: input.encoded, as: UTF8.self), of: "CreateTrainingJob")
        _ = try refusal(String(decoding: name.encoded, as: UTF8.self), of: "DescribeTrainingJob")
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test(
        "a number or a time that does not fit its type is rejected",
        arguments: [
            ("sagemaker", "ListTrainingJobs", #"{"CreationTimeAfter":1e300}"#, "a Date"),
            ("sagemaker", "ListTrainingJobs", #"{"CreationTimeBefore":-1e300}"#, "a Date"),
            ("sagemaker", "ListModels", #"{"CreationTimeAfter":253402300800}"#, "a Date"),
            ("sagemaker", "ListModels", #"{"CreationTimeAfter":"tomorrow"}"#, "a Date"),
            ("sagemaker", "ListTrainingJobs", #"{"MaxResults":1e19}"#, "an Integer"),
            ("sagemaker", "ListTrainingJobs", #"{"MaxResults":2147483648}"#, "an Integer"),
            ("sagemaker", "ListTrainingJobs", #"{"MaxResults":1.5}"#, "an Integer"),
            ("logs", "GetLogEvents", #"{"logStreamName":"a","startTime":1e300}"#, "a Long"),
            (
                "cloudwatch", "GetMetricStatistics",
                #"{"Namespace":"n","MetricName":"m","StartTime":0,"EndTime":1,"Period":1e300}"#, "an Integer"
            ),
            (
                "sagemaker", "UpdateEndpointWeightsAndCapacities",
                #"{"EndpointName":"e","DesiredWeightsAndCapacities":[{"VariantName":"v","DesiredWeight":1e300}]}"#,
                "a Float"
            ),
        ]
    )
    func numbersThatDoNotFit(service: String, operation: String, input: String, type: String) throws {
        let error = try #require(try refusal(input, of: operation, service: service))
        #expect(error.code == "SerializationException")
        #expect(error.message.hasSuffix("_VALUE can not be converted to \(type)"), "\(error.message)")
    }

    @Test("a number in a form must be finite and fit its type")
    func numbersOfForms() throws {
        for number in ["nan", "inf", "-inf", "1e999", "0x1p70"] {
            let form = try QueryForm(
                "Period=\(number)&MetricName=m&Namespace=n&StartTime=2026-01-01T00:00:00Z"
                    + "&EndTime=2026-01-02T00:00:00Z"
            )
            let input = try model("cloudwatch").input(form, of: "GetMetricStatistics")
            #expect(throws: AWSError.self) {
                try model("cloudwatch").check(input, of: "GetMetricStatistics")
            }
        }
    }

    @Test("a form with very many parameters is rejected")
    func longForm() throws {
        #expect(try QueryForm(String(repeating: "a=1&", count: 1000))["a"] == "1")
        let refusal = #expect(throws: AWSError.self) { try QueryForm(String(repeating: "a&", count: 1001)) }
        #expect(refusal?.code == "MalformedQueryString")
    }

    @Test("a long list of invalid elements is not reported in full")
    func manyProblems() throws {
        for element in [#"{}"#, #"{"Key":"","Value":""}"#] {
            let tags = Array(repeating: element, count: 10_000).joined(separator: ",")
            let error = try #require(try refusal(#"{"Tags":[\#(tags)]}"#, of: "CreateTrainingJob"))
            #expect(
                error.message.hasPrefix("\(InputCheck.errorLimit) validation errors detected"),
                "\(error.message.prefix(99))"
            )
        }
    }

    @Test("the times that clients send for always and never are accepted")
    func wholeRange() throws {
        let input = #"{"logStreamName":"a","logGroupName":"g","startTime":0,"endTime":9223372036854775807}"#
        #expect(try refusal(input, of: "GetLogEvents", service: "logs") == nil)
        let range = LogRange(try #require(JSON(parsing: Data(input.utf8))))
        #expect(range.start == Date(timeIntervalSince1970: 0) && range.end == Date.supported.upperBound)
    }

    @Test("unknown members are removed at every depth")
    func unknownMembers() throws {
        let input = #"""
            {"EndpointConfigName":"c","Extra":[[1]],"ProductionVariants":[{"VariantName":"v","ModelName":"m","More":{"a":1}}],
            "DataCaptureConfig":null}
            """#
        let given = try #require(JSON(parsing: Data(input.utf8)) as JSON?)
        let kept = try model().check(given, of: "CreateEndpointConfig")
        let variant = JSON.object(["VariantName": .string("v"), "ModelName": .string("m")])
        #expect(
            kept
                == .object([
                    "EndpointConfigName": .string("c"), "ProductionVariants": .array([variant]),
                    "DataCaptureConfig": .null,
                ])
        )
    }

    @Test("a JSON document is parsed up to a maximum depth")
    func documents() {
        func parsed(_ text: String) -> JSON? { JSON(parsing: Data(text.utf8)) }
        #expect(
            parsed(#" {"a": [1, -2.5e3, "\u00fc", true, false, null], "b": {}, "a": [], "c": ""} "#)
                == .object(["a": .array([]), "b": .object([:]), "c": .string("")])
        )
        #expect(
            parsed("[1, -2.5e3, \"\\u00fc\", true, false, null]")
                == .array([.number(1), .number(-2500), .string("ü"), .bool(true), .bool(false), .null])
        )
        for text in ["", " ", "{", "[1,]", "{\"a\"}", "nul", "01", "1 2", "1e400", "NaN", "'a'"] {
            #expect(parsed(text) == nil)
        }
        let deep = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(parsed(deep(64)) != nil && parsed(deep(65)) == nil && parsed(deep(100_000)) == nil)
        let wide = "[" + Array(repeating: deep(60), count: 20_000).joined(separator: ",") + "]"
        #expect(parsed(wide) != nil)
    }
}
