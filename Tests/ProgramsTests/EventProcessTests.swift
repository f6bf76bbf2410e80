import Foundation
import Processes
import Synchronization
import TestSupport
import Testing

@testable import Programs

@Suite("Event process", .timeLimit(.minutes(5)))
struct EventProcessTests {
    @Test("what a program writes for an event comes before its result")
    func result() async throws {
        let program = try Program(
            """
            while True:
                id, event = take()
                print('got ' + event, end='', flush=True)
                post(f'{id}/response', event.upper())
            """
        )
        defer { program.end() }
        try await program.isReady()
        for number in 0..<20 {
            try await program.isReady(for: number + 1)
            guard case .result(let payload) = await program.handle(#"{"number": \#(number)}"#) else {
                Issue.record("no result")
                return
            }
            #expect(String(decoding: payload, as: UTF8.self) == #"{"NUMBER": \#(number)}"#)
            #expect(program.lines.last == #"got {"number": \#(number)}"#)
        }
    }

    @Test("an error that a program describes is a failure")
    func failure() async throws {
        let program = try Program("id, _ = take(); post(f'{id}/error', '{\"errorType\": \"X\"}'); take()")
        defer { program.end() }
        try await program.isReady()
        guard case .failed(let description) = await program.handle("{}") else {
            Issue.record("no failure")
            return
        }
        #expect(String(decoding: description, as: UTF8.self) == #"{"errorType": "X"}"#)
    }

    @Test("a program that takes longer than the event's time is killed")
    func timeout() async throws {
        let program = try Program("take(); time.sleep(60)")
        defer { program.end() }
        try await program.isReady()
        guard case .timedOut = await program.handle("{}", timeLimit: .milliseconds(300)) else {
            Issue.record("no timeout")
            return
        }
        await program.ended.wait()
    }

    @Test("a program that ends during an event is reported with its status", arguments: [0, 3])
    func exit(status: Int) async throws {
        let program = try Program("take(); os._exit(\(status))")
        defer { program.end() }
        try await program.isReady()
        guard case .ended(let outcome) = await program.handle("{}") else {
            Issue.record("not ended")
            return
        }
        #expect(outcome == .exited(status))
    }

    @Test("a result beyond the limit is refused, and the program goes on")
    func tooLarge() async throws {
        let program = try Program(
            """
            id, _ = take(); post(f'{id}/response', 'x' * 2000)
            id, _ = take(); post(f'{id}/response', '1'); take()
            """
        )
        defer { program.end() }
        try await program.isReady()
        guard case .tooLarge = await program.handle("{}") else {
            Issue.record("not too large")
            return
        }
        try await program.isReady(for: 2)
        guard case .result = await program.handle("{}") else {
            Issue.record("no result")
            return
        }
    }

    @Test("a result for another event changes nothing")
    func otherEvent() async throws {
        let program = try Program(
            """
            id, _ = take()
            print(post('other/response', '0'), flush=True)
            post(f'{id}/response', '1'); take()
            """
        )
        defer { program.end() }
        try await program.isReady()
        guard case .result(let payload) = await program.handle("{}") else {
            Issue.record("no result")
            return
        }
        #expect(payload == Data("1".utf8))
        #expect(program.lines == ["400"])
    }

    @Test("a program that describes why it does not start is not ready")
    func startFailure() async throws {
        let program = try Program(
            """
            connection.request('POST', '/2018-06-01/runtime/init/error', '{"errorType": "NoModule"}')
            connection.getresponse().read()
            os._exit(1)
            """
        )
        await program.ended.wait()
        guard case .failed(let description)? = program.startFailure else {
            Issue.record("no description")
            return
        }
        #expect(String(decoding: description, as: UTF8.self) == #"{"errorType": "NoModule"}"#)
    }

    @Test("an event for a program that has ended is not handled")
    func notHandled() async throws {
        let program = try Program("take()")
        try await program.isReady()
        program.end()
        await program.ended.wait()
        guard case .notHandled = await program.handle("{}") else {
            Issue.record("handled")
            return
        }
    }

    @Test(
        "a web page cannot take an event",
        arguments: [
            "{'Origin': 'http://evil.example'}", "{'Sec-Fetch-Site': 'cross-site'}", "{'Host': 'evil.example'}",
        ]
    )
    func pages(headers: String) async throws {
        let program = try Program(
            """
            connection.request('GET', '/2018-06-01/runtime/invocation/next', headers=\(headers))
            print(connection.getresponse().status, flush=True)
            """
        )
        await program.ended.wait()
        #expect(program.lines == ["403"])
    }

    @Test("only one connection can wait for an event")
    func secondConnection() async throws {
        let program = try Program(
            """
            threading.Thread(target=take).start()
            time.sleep(0.5)
            other = http.client.HTTPConnection(os.environ['API'])
            other.request('GET', '/2018-06-01/runtime/invocation/next')
            print(other.getresponse().status, flush=True)
            os._exit(0)
            """
        )
        await program.ended.wait()
        #expect(program.lines == ["403"])
    }

    @Test("a program that does not ask for another event is ended")
    func quiet() async throws {
        let program = try Program("id, _ = take(); post(f'{id}/response', '1'); time.sleep(100)")
        defer { program.end() }
        try await program.isReady()
        guard case .result = await program.handle("{}") else {
            Issue.record("no result")
            return
        }
        await program.ended.wait()
    }

    @Test("a program that closes the connection it waits on is ended, unless it connects anew")
    func closed() async throws {
        let program = try Program(
            """
            import socket
            request = f"GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: {os.environ['API']}\\r\\n\\r\\n".encode()
            for _ in range(50):
                other = socket.create_connection(os.environ['API'].split(':'))
                other.send(request)
                time.sleep(0.01)
                other.close()
            time.sleep(0.2)
            print('take', flush=True)
            id, _ = take(); post(f'{id}/response', '1')
            other = socket.create_connection(os.environ['API'].split(':'))
            other.send(request)
            time.sleep(0.5)
            other.close()
            time.sleep(100)
            """
        )
        defer { program.end() }
        // It is ready once, however often it connects.
        try await program.isReady()
        while program.lines.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        try await Task.sleep(for: .milliseconds(300))
        #expect(program.readyCount == 1)
        guard case .result = await program.handle("{}") else {
            Issue.record("no result")
            return
        }
        await program.ended.wait()
    }

    @Test("a program has few connections")
    func connections() async throws {
        let program = try Program(
            """
            import socket
            open_count = 0
            kept = []
            for _ in range(20):
                other = socket.create_connection(os.environ['API'].split(':'))
                kept.append(other)
                other.settimeout(1)
                try:
                    other.recv(1)
                except socket.timeout:
                    open_count += 1
            print(open_count, flush=True)
            """
        )
        await program.ended.wait()
        #expect(program.lines == ["4"])
    }

    @Test("a program that does not read its responses is not read from")
    func flood() async throws {
        let program = try Program(
            """
            import socket
            other = socket.create_connection(os.environ['API'].split(':'))
            other.settimeout(2)
            requests = (f"GET /x HTTP/1.1\\r\\nHost: {os.environ['API']}\\r\\n\\r\\n" * 2000).encode()
            sent = 0
            try:
                while sent < 100_000_000:
                    sent += other.send(requests)
                print('all', flush=True)
            except socket.timeout:
                print('held', flush=True)
            """
        )
        await program.ended.wait()
        #expect(program.lines == ["held"])
    }

    @Test("a program that starts too many processes is ended")
    func processes() async throws {
        let program = try Program("take(); [os.fork() for _ in range(6)]; time.sleep(60)", processes: 16)
        defer { program.end() }
        try await program.isReady()
        guard case .ended(let outcome) = await program.handle("{}") else {
            Issue.record("not ended")
            return
        }
        #expect(outcome == .tooManyProcesses)
    }
}

/// A program in Python that speaks the Runtime API, and what its owner learns.
private final class Program: Sendable {
    private static let prelude = """
        import http.client, os, threading, time
        connection = http.client.HTTPConnection(os.environ['API'])

        def take():
            connection.request('GET', '/2018-06-01/runtime/invocation/next')
            response = connection.getresponse()
            return response.headers['lambda-runtime-aws-request-id'], response.read().decode()

        def post(what, body):
            connection.request('POST', '/2018-06-01/runtime/invocation/' + what, body)
            response = connection.getresponse()
            response.read()
            return response.status


        """

    /// What the callbacks have told.
    private struct Told {
        var lines: [String] = []
        var readyCount = 0
        var startFailure: EventProcess.StartFailure?
    }

    private final class Record: Sendable {
        let told = Mutex(Told())
        let ended = Latch()
    }

    private let record: Record
    private let process: EventProcess

    init(_ code: String, processes: Int = 0) throws {
        let record = Record()
        self.record = record
        process = EventProcess(
            resultLimit: 1000,
            callbacks: .init(
                line: { line in record.told.withLock { $0.lines.append(line) } },
                ready: { record.told.withLock { $0.readyCount += 1 } },
                end: { reason in
                    record.told.withLock { $0.startFailure = reason }
                    record.ended.open()
                }
            )
        )
        process.start(executable: roostBinary, startLimit: .seconds(60)) { address in
            var command = SupervisedProcess.Command(
                "python3",
                ["-c", Program.prelude + code],
                environment: ["API": address, "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"],
                folder: "/"
            )
            command.limits.processCount = processes
            return command
        }
    }

    var lines: [String] { record.told.withLock { $0.lines } }

    var startFailure: EventProcess.StartFailure? { record.told.withLock { $0.startFailure } }

    var ended: Latch { record.ended }

    var readyCount: Int { record.told.withLock { $0.readyCount } }

    /// Waits until the program has asked for an event this many times. Only the count tells.
    func isReady(for count: Int = 1) async throws {
        while record.told.withLock({ $0.readyCount }) < count { try await Task.sleep(for: .milliseconds(5)) }
    }

    func handle(_ event: String, timeLimit: Duration = .seconds(60)) async -> EventProcess.Result {
        let event = EventProcess.Event(id: UUID().uuidString, payload: Data(event.utf8), timeLimit: timeLimit)
        return await withCheckedContinuation { continuation in
            process.handle(event) {
            } completion: {
                continuation.resume(returning: $0)
            }
        }
    }

    func end() { process.kill() }
}
