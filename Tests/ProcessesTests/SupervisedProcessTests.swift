import Foundation
import Processes
import TestSupport
import Testing

@Suite("Supervised process")
struct SupervisedProcessTests {
    private func start(_ script: String, memoryLimit: Int = 0, threadCount: Int = 1) throws -> SupervisedProcess {
        var command = SupervisedProcess.Command(
            "/bin/sh",
            ["-c", script],
            environment: ["PATH": "/usr/bin:/bin"],
            folder: "/tmp"
        )
        command.limits.memory = memoryLimit
        command.threadCount = threadCount
        return try SupervisedProcess(executable: roostBinary, command)
    }

    private func run(_ script: String, memoryLimit: Int = 0, threadCount: Int = 1) throws -> (
        lines: [String], outcome: SupervisedProcess.Outcome
    ) {
        var lines: [String] = []
        let outcome = try start(script, memoryLimit: memoryLimit, threadCount: threadCount)
            .readLines { lines.append($0) }
        return (lines, outcome)
    }

    private func isAlive(_ pid: Int32) -> Bool { kill(pid, 0) == 0 }

    @Test("the lines of both outputs arrive in order, with the exit status")
    func lines() throws {
        let (lines, outcome) = try run("echo one; echo two >&2; printf 'three\\r\\nno end'; exit 7")
        #expect(lines == ["one", "two", "three", "no end"])
        #expect(outcome == .exited(7))
    }

    @Test("the outcome names the signal")
    func signal() throws { #expect(try run("kill -SEGV $$").outcome == .signaled(11)) }

    @Test("the outcome says why a program could not be started")
    func missingProgram() throws {
        let command = SupervisedProcess.Command("/no/such/program", folder: "/tmp")
        let outcome = try SupervisedProcess(executable: roostBinary, command).readLines { _ in }
        #expect(outcome == .notStarted(reason: "No such file or directory"))
    }

    @Test("numeric libraries are told the number of threads")
    func threads() throws {
        #expect(try run("echo $OMP_NUM_THREADS $OPENBLAS_NUM_THREADS", threadCount: 3).lines == ["3 3"])
    }

    @Test("a process that is terminated may clean up first")
    func terminate() throws {
        let program = """
            import signal, sys, time
            signal.signal(signal.SIGTERM, lambda *_: (print('bye'), sys.exit(3)))
            print('ready', flush=True)
            time.sleep(60)
            """
        let process = try start("exec python3 -c \"\(program)\"")
        var lines: [String] = []
        let outcome = process.readLines {
            lines.append($0)
            if $0 == "ready" { process.terminate() }
        }
        #expect(lines == ["ready", "bye"])
        #expect(outcome == .exited(3))
    }

    @Test("a process that ignores SIGTERM is killed")
    func killed() throws {
        let process = try start("trap '' TERM; echo ready; while :; do sleep 0.01; done")
        let outcome = process.readLines { _ in
            process.terminate()
            process.kill()
        }
        #expect(outcome == .signaled(9))
    }

    @Test("descendants end with the process, even in other sessions")
    func descendants() throws {
        let (lines, outcome) = try run("sleep 1000 & echo $!; setsid sleep 1000 >/dev/null 2>&1 & sleep 0.1; echo $!")
        #expect(outcome == .exited(0))
        #expect(lines.count == 2)
        for line in lines { #expect(!isAlive(try #require(Int32(line)))) }
    }

    @Test("a process that kills its supervisor fails and ends with its descendants", .timeLimit(.minutes(1)))
    func supervisorKilled() throws {
        let (lines, outcome) = try run(
            "sleep 1000 & echo $!; setsid sleep 1000 & sleep 0.1; echo $!; kill -KILL $PPID; sleep 1000"
        )
        #expect(outcome == .lost)
        #expect(lines.count == 2)
        for line in lines { #expect(!isAlive(try #require(Int32(line)))) }
    }

    @Test("a process that stopped its supervisor is killed", .timeLimit(.minutes(1)))
    func supervisorStopped() throws {
        let process = try start("kill -STOP $PPID; echo ready; sleep 1000")
        let outcome = process.readLines { _ in process.kill() }
        #expect(outcome == .signaled(9))
    }

    @Test("a process and its descendants end with their server", .timeLimit(.minutes(1)))
    func serverGone() throws {
        try withTemporaryFolder { folder in
            let file = folder + "/pids"
            var process: SupervisedProcess? = try start(
                "sleep 1000 & echo $PPID $$ $! > \(file).new; mv \(file).new \(file); wait"
            )
            var text: String?
            while text == nil {
                usleep(10_000)
                text = try? String(contentsOfFile: file, encoding: .utf8)
            }
            let pids = (text ?? "").split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
            try #require(pids.count == 3)
            for pid in pids { #expect(isAlive(pid)) }
            // The kernel closes the server's end of the socket if the server ends, for whatever reason.
            withExtendedLifetime(process) {}
            process = nil
            // The supervisor ends last. Nobody else waits for it.
            #expect(waitpid(pids[0], nil, 0) == pids[0])
            for pid in pids { #expect(!isAlive(pid)) }
        }
    }

    @Test("the supervisor does not inherit the environment of its process")
    func environment() throws {
        let variables = [
            "LD_PRELOAD": "/no/such", "BASH_ENV": "$(false)", "GCONV_PATH": "/tmp", "PATH": "/usr/bin:/bin",
        ]
        let script = "tr '\\0' '\\n' < /proc/$PPID/environ; echo --; echo $GCONV_PATH $BASH_ENV; umask"
        let command = SupervisedProcess.Command("/bin/sh", ["-c", script], environment: variables, folder: "/tmp")
        var lines: [String] = []
        let outcome = try SupervisedProcess(executable: roostBinary, command).readLines { lines.append($0) }
        #expect(outcome == .exited(0))
        let parts = lines.filter { !$0.contains("ld.so") }.split(separator: "--", omittingEmptySubsequences: false)
        #expect(parts.count == 2)
        for name in ["LD_PRELOAD", "BASH_ENV", "GCONV_PATH"] {
            #expect(!parts[0].contains { $0.hasPrefix(name + "=") })
        }
        #expect(parts.last.map(Array.init) == ["/tmp $(false)", "0022"])
    }

    @Test("a process inherits no open file of the server, however many there are")
    func descriptors() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let before = limit
        limit.rlim_cur = min(limit.rlim_max, 8192)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        defer {
            var before = before
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before)
        }
        // Without O_CLOEXEC, like files that libraries open.
        let held = (0..<1500).map { _ in open("/dev/zero", O_RDONLY) }
        defer { for descriptor in held { close(descriptor) } }
        #expect((held.max() ?? 0) > 1024)
        let script = "for p in $$ $PPID; do ls -l /proc/$p/fd | grep -c /dev/zero; done"
        #expect(try run(script).lines == ["0", "0"])
    }

    @Test("the memory limit applies to a process and its descendants together")
    func memory() throws {
        // Each of the three stays below the limit.
        let hog = "import time; held = bytearray(40 << 20); time.sleep(60)"
        let (_, outcome) = try run("for i in 1 2 3; do python3 -c '\(hog)' & done; wait", memoryLimit: 100 << 20)
        #expect(outcome == .memoryExceeded)
    }

    @Test("a process within the memory limit is left alone")
    func withinMemory() throws {
        let (lines, outcome) = try run(
            "python3 -c 'held = bytearray(40 << 20); print(len(held))'",
            memoryLimit: 256 << 20
        )
        #expect(lines == ["\(40 << 20)"])
        #expect(outcome == .exited(0))
    }

    @Test("a process cannot allocate more memory than the limit")
    func ownMemory() throws {
        let (lines, outcome) = try run("python3 -c 'bytearray(1 << 30)'", memoryLimit: 256 << 20)
        #expect(outcome == .exited(1))
        #expect(lines.last == "MemoryError")
    }
}
