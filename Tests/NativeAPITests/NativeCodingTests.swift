import Definitions
import Foundation
import Testing

@testable import NativeAPI

@Suite("The native API's JSON")
struct NativeCodingTests {
    @Test(
        "a time is written in UTC with microseconds, and can be read back",
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (1_700_000_000_123_456, "2023-11-14T22:13:20.123456Z"),
            (1_700_000_000_000_001, "2023-11-14T22:13:20.000001Z"),
            (1_700_000_000_999_999, "2023-11-14T22:13:20.999999Z"),
            (-1, "1969-12-31T23:59:59.999999Z"), (-1_000_000, "1969-12-31T23:59:59.000000Z"),
            (951_782_400_500_000, "2000-02-29T00:00:00.500000Z"),
        ] as [(Int64, String)]
    )
    func timestamps(microseconds: Int64, text: String) throws {
        #expect(NativeCoding.timestamp(Date(timeIntervalSince1970: Double(microseconds) / 1e6)) == text)
        let date = try #require(NativeCoding.date(text))
        #expect(Int64((date.timeIntervalSince1970 * 1e6).rounded()) == microseconds)
    }

    /// After 2038, a `Double` of seconds since 1970 cannot represent every microsecond.
    @Test("random times until 2038 keep their microseconds")
    func randomTimes() throws {
        for _ in 0..<500 {
            let microseconds = Int64.random(in: 0..<2_147_483_648_000_000)
            let text = NativeCoding.timestamp(Date(timeIntervalSince1970: Double(microseconds) / 1e6))
            let date = try #require(NativeCoding.date(text))
            #expect(Int64((date.timeIntervalSince1970 * 1e6).rounded()) == microseconds, "\(text)")
        }
    }

    @Test(
        "every form of RFC 3339 is accepted",
        arguments: [
            ("2023-11-14T22:13:20Z", 1_700_000_000), ("2023-11-14T22:13:20.5Z", 1_700_000_000.5),
            ("2023-11-14T22:13:20.123456789Z", 1_700_000_000.123_456_789), ("2023-11-14T22:13:20+00:00", 1_700_000_000),
            ("2023-11-15T00:13:20+02:00", 1_700_000_000), ("2023-11-14T16:43:20.25-05:30", 1_700_000_000.25),
        ]
    )
    func reading(text: String, seconds: Double) throws {
        let date = try #require(NativeCoding.date(text))
        #expect(abs(date.timeIntervalSince1970 - seconds) < 1e-6)
    }

    @Test(
        "other forms of time are refused",
        arguments: [
            "", "now", "2023-11-14", "22:13:20Z", "2023-11-14T22:13:20", "2023-13-14T22:13:20Z",
            "2023-11-14T22:13:20.Z",
            "2023-11-14T22:13:20.5", "2023-11-14T22:13:20.5.5Z", "2023-11-14T22:13:20.xZ", "1700000000",
            "2023-11-14T22:13:20Z.5", "2023-11-14T22:13:20.٣Z",
        ]
    )
    func noTime(text: String) {
        #expect(NativeCoding.date(text) == nil)
    }

    @Test("objects are written with sorted keys, unescaped slashes, and times")
    func encoder() throws {
        let workspace = Workspace(
            id: 1,
            name: "default",
            createdAt: Date(timeIntervalSince1970: 1_700_000_000.25),
            models: ["a/b"],
            pipelines: []
        )
        let data = try NativeCoding.encoder.encode(workspace)
        #expect(
            String(decoding: data, as: UTF8.self)
                == #"{"created_at":"2023-11-14T22:13:20.250000Z","id":1,"models":["a/b"],"#
                + #""name":"default","pipelines":[]}"#
        )
        #expect(try NativeCoding.decode(Workspace.self, from: data) == workspace)
    }

    @Test(
        "an error in a body names its place",
        arguments: [
            (#"{}"#, "name", "missing"), (#"{"name":1}"#, "name", "a string"), (#"{"name":null}"#, "name", "null"),
            (#"{"name":"p","steps":{}}"#, "steps", "a list"),
            (#"{"name":"p","steps":[{"model":"a"},5]}"#, "steps[1]", "an object"),
            (#"{"name":"p","steps":[{"wait":"a"}]}"#, "steps[0]", "'wait'"),
            (
                #"{"name":"p","steps":[{"random_split":{"models":[{"model":"a"}]}}]}"#,
                "steps[0].random_split.models[0].weight", "missing"
            ),
            (#"{"name":"p","stepz":[]}"#, "body", "'stepz'"), ("", "body", "JSON"), ("{", "body", "JSON"),
            ("[]", "body", "object"),
            (#"{"name":"p"} x"#, "body", "JSON"),
        ]
    )
    func decodingErrors(body: String, field: String, hint: String) throws {
        let error = try #require(throws: RoostError.self) {
            try NativeCoding.decode(PipelineDefinition.self, from: Data(body.utf8))
        }
        #expect(error.code == .invalidInput && error.field == field, "\(error)")
        #expect(error.message.contains(hint), "\(error)")
        #expect(!error.message.contains("Swift") && !error.message.contains("CodingKeys"), "\(error)")
    }

    @Test("small bodies refuse unknown fields")
    func strictBodies() throws {
        #expect(try NativeCoding.decode(NewDeployment.self, from: Data("{}".utf8)).version == nil)
        #expect(try NativeCoding.decode(NewDeployment.self, from: Data(#"{"version":"1"}"#.utf8)).version == "1")
        #expect(throws: RoostError.self) {
            try NativeCoding.decode(NewDeployment.self, from: Data(#"{"verison":"1"}"#.utf8))
        }
        #expect(throws: RoostError.self) {
            try NativeCoding.decode(NewWorkspace.self, from: Data(#"{"name":"w","owner":"me"}"#.utf8))
        }
    }
}

@Suite("Errors of the native API")
struct ErrorBodyTests {
    @Test("an error is written with its code, and reads back unchanged", arguments: RoostError.Code.allCases)
    func roundTrip(code: RoostError.Code) throws {
        for field in ["name", nil] {
            let error = RoostError(code, "What was \"wrong\".", field: field)
            let data = try NativeCoding.encoder.encode(ErrorBody(error))
            #expect(try NativeCoding.decode(ErrorBody.self, from: data).roostError == error)
        }
    }

    @Test("an error without a field has none in its JSON")
    func json() throws {
        let data = try NativeCoding.encoder.encode(ErrorBody(RoostError(.notFound, "Gone.")))
        #expect(String(decoding: data, as: UTF8.self) == #"{"error":{"code":"not_found","message":"Gone."}}"#)
    }

    @Test("a code from a newer server counts as an internal error")
    func unknownCode() throws {
        let data = Data(#"{"error":{"code":"new","message":"m"}}"#.utf8)
        #expect(try NativeCoding.decode(ErrorBody.self, from: data).roostError == RoostError(.internalError, "m"))
    }

    @Test("each kind of error has its HTTP status")
    func statuses() {
        let statuses: [RoostError.Code: Int] = [
            .invalidInput: 400, .unauthorized: 401, .forbidden: 403, .requestTimeout: 408, .unsupportedMediaType: 415,
            .notFound: 404, .methodNotAllowed: 405, .conflict: 409,
            .tooLarge: 413, .busy: 429, .internalError: 500, .unavailable: 503, .timeout: 504,
            .insufficientStorage: 507,
        ]
        for code in RoostError.Code.allCases { #expect(RoostError(code, "").httpStatus == statuses[code]) }
    }
}
