import ArgumentParser
import Logging
import Testing

@testable import roost

@Suite("roost serve")
struct ServeTests {
    @Test("the defaults are valid")
    func defaults() async throws {
        let serve = try await Serve.asyncParse([])
        #expect(serve.http.host == "127.0.0.1")
        #expect(serve.http.port == 8080)
        #expect(!serve.verifySignatures)
    }

    @Test("an option that is repeated adds up")
    func repeated() async throws {
        let serve = try await Serve.asyncParse([
            "--allowed-host", "a.example", "--allowed-host", "*.b.example", "--log-level", "debug",
        ])
        #expect(serve.http.allowedHost == ["a.example", "*.b.example"])
        #expect(serve.log.logLevel == .debug)
    }

    @Test(
        "a number outside its bounds is refused, and the error names both",
        arguments: [
            (["--port", "65536"], "'--port' must be between 0 and 65535, not 65536."),
            (["--port=-1"], "'--port' must be between 0 and 65535, not -1."),
            (["--max-body", "0"], "'--max-body' must be between 1 and 2048 MiB, not 0."),
            (["--threads", "1025"], "'--threads' must be between 1 and 1024, not 1025."),
            (["--timeout", "0"], "'--timeout' must be between 0.001 and 86400.0 seconds, not 0.0."),
            (["--timeout", "nan"], "'--timeout' must be between 0.001 and 86400.0 seconds, not nan."),
            (["--log-days", "inf"], "'--log-days' must be between 0.001 and 36500.0 days, not inf."),
            (["--jobs", "0"], "'--jobs' must be between 1 and 1000, not 0."),
        ]
    )
    func bounds(arguments: [String], message: String) async {
        await #expect {
            try await Serve.asyncParse(arguments)
        } throws: { error in
            Serve.message(for: error) == message && Serve.exitCode(for: error) == .validationFailure
        }
    }
}
