import Foundation
import Programs
import TestSupport
import Testing

@Suite("Programs that misbehave", .timeLimit(.minutes(2)))
struct HostileProgramTests {
    @Test("a bad response fails its request with the reason, and the program goes on serving")
    func malformed() throws {
        try withTemporaryFolder { folder in
            try withProcess(try program(in: folder), in: folder) { process in
                let head = "HTTP/1.1 200 OK\\r\\n"
                let cases: [(code: String, error: ProgramError)] = [
                    ("self.reply(b'nonsense\\r\\n\\r\\n')", .invalidResponse),
                    ("self.reply(b'\(head)content-length: 9\\r\\n\\r\\nab')", .disconnected(isMidway: true)),
                    ("pass", .disconnected(isMidway: false)),
                    ("self.reply(b'\(head)content-length: 2000000\\r\\n\\r\\n')", .responseTooLarge(limit: 1 << 20)),
                ]
                for (code, expected) in cases {
                    #expect(throws: expected) { _ = try process.run(code) }
                }
                let last = try process.text("self.answer(b'still here')")
                #expect(last == "still here")
            }
        }
    }

    @Test("a head that never ends is refused at its limit")
    func endlessHead() throws {
        try withTemporaryFolder { folder in
            try withProcess(try program(in: folder), in: folder) { process in
                for part in ["x: y\\r\\n", "x"] {
                    #expect(throws: ProgramError.invalidResponse) {
                        try process.run(
                            """
                            self.reply(b'HTTP/1.1 200 OK\\r\\n')
                            while True: self.reply(b'\(part)')
                            """
                        )
                    }
                }
            }
        }
    }

    @Test("a body that never ends is refused at its limit")
    func endlessBody() throws {
        try withTemporaryFolder { folder in
            try withProcess(try program(in: folder), in: folder) { process in
                #expect(throws: ProgramError.responseTooLarge(limit: 1 << 20)) {
                    try process.run(
                        """
                        self.reply(b'HTTP/1.1 200 OK\\r\\n\\r\\n')
                        while True: self.reply(b'x' * 1000)
                        """
                    )
                }
            }
        }
    }

    @Test("a program that falls silent fails its request")
    func silent() throws {
        try withTemporaryFolder { folder in
            try withProcess(try program(in: folder), in: folder) { process in
                #expect(throws: ProgramError.silent(seconds: 1)) {
                    try process.run("self.reply(b'HTTP/1.1 200 OK\\r\\n'); time.sleep(60)", timeLimit: 1)
                }
            }
        }
    }

    @Test("another thread can cancel a request, before or while it runs")
    func cancelled() throws {
        try withTemporaryFolder { folder in
            try withProcess(try program(in: folder), in: folder) { process in
                let begun = folder + "/begun"
                let code = "open('\(begun)', 'w').close(); time.sleep(60)"
                let request = LoopbackRequest("POST", "/invocations", body: Array(code.utf8))
                let canceller = Thread {
                    while !FileManager.default.fileExists(atPath: begun) { usleep(10_000) }
                    request.cancel()
                }
                canceller.start()
                #expect(throws: ProgramError.cancelled) { try process.respond(to: request) }
                #expect(throws: ProgramError.cancelled) { try process.respond(to: request) }
            }
        }
    }

    @Test("another thread can cancel a request that waits for the program to restart")
    func cancelledWhileWaiting() throws {
        try withTemporaryFolder { folder in
            try withProcess(try program(in: folder), in: folder) { process in
                #expect(throws: ProgramError.disconnected(isMidway: false)) {
                    try process.run("os.remove('serve'); os._exit(1)")
                }
                let request = LoopbackRequest("POST", "/invocations")
                let start = ContinuousClock.now
                DispatchQueue.global().asyncAfter(deadline: .now() + 0.5) { request.cancel() }
                #expect(throws: ProgramError.cancelled) { try process.respond(to: request) }
                #expect(start.duration(to: .now) < .seconds(10))
            }
        }
    }
}
