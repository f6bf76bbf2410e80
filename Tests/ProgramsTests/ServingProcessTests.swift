import Foundation
import Processes
import Programs
import TestSupport
import Testing

@Suite("Serving process", .timeLimit(.minutes(2)))
struct ServingProcessTests {
    @Test("a program is asked over its port, and its status and body come back")
    func asked() throws {
        try withTemporaryFolder { folder in
            try withProcess(try program(in: folder, ["COLOR": "blue"]), in: folder) { process in
                #expect(try process.text("self.answer(os.environ['COLOR'].encode())") == "blue")
                let refused = try process.run("self.answer(b'no', '418 Teapot')")
                #expect(refused.status == 418)
                #expect(refused.body == Array("no".utf8))
            }
        }
    }

    @Test("a header's value cannot smuggle in another header")
    func headers() throws {
        try withTemporaryFolder { folder in
            try withProcess(try program(in: folder), in: folder) { process in
                let head = try process.text(
                    "self.answer('\\n'.join(head).encode())",
                    headers: [("accept", "text/csv\r\nx-other: 1\0"), ("x-name", "é\t1")]
                ).split(separator: "\n")
                #expect(head.contains("accept: text/csvx-other: 1"))
                #expect(head.contains("x-name: é\t1"))
                #expect(!head.contains { $0.hasPrefix("x-other") })
            }
        }
    }

    @Test("a program that ended is restarted, and a request waits for it")
    func restarted() throws {
        try withTemporaryFolder { folder in
            try withProcess(try program(in: folder), in: folder) { process in
                let first = try process.text("self.answer(str(os.getpid()).encode())")
                #expect(throws: ProgramError.disconnected(isMidway: false)) { try process.run("os._exit(1)") }
                let second = try process.text("self.answer(str(os.getpid()).encode())")
                #expect(Int(second) != nil)
                #expect(first != second)
            }
        }
    }

    @Test("a program that ends at its start is refused with its last lines")
    func ended() throws {
        try withTemporaryFolder { folder in
            let program = try program(in: folder, ["FAIL": "3"])
            #expect(throws: ProgramError.ended(.exited(3), lastLines: ["started"])) {
                try withProcess(program, in: folder) { _ in }
            }
        }
    }

    @Test("a program that is never healthy is killed at its limit")
    func unhealthy() throws {
        try withTemporaryFolder { folder in
            var program = try program(in: folder, ["PING": "503 Busy"])
            program.startLimit = .seconds(2)
            #expect(throws: ProgramError.ended(.signaled(9), lastLines: ["started"])) {
                try withProcess(program, in: folder) { _ in }
            }
        }
    }

    @Test("an archive that cannot be unpacked is refused")
    func unpacking() throws {
        try withTemporaryFolder { folder in
            let program = try program(in: folder)
            let archive = folder + "/model.tar.gz"
            try Data("no archive".utf8).write(to: URL(filePath: archive))
            #expect {
                try withProcess(program, artifact: archive, in: folder) { _ in }
            } throws: { error in
                guard case ProgramError.unpackingFailed(.some) = error else { return false }
                return true
            }
        }
    }

    @Test("a closed program ends, takes no requests and leaves no files")
    func closed() throws {
        try withTemporaryFolder { folder in
            try withProcess(try program(in: folder), in: folder) { process in
                let pid = try #require(Int32(try process.text("self.answer(str(os.getpid()).encode())")))
                process.close()
                #expect(throws: ProgramError.closed) { try process.run("self.answer(b'')") }
                while kill(pid, 0) == 0 { usleep(10_000) }
                while try FileManager.default.contentsOfDirectory(atPath: folder).contains(where: {
                    $0.hasPrefix("serving-")
                }) { usleep(10_000) }
            }
        }
    }

    @Test("a script serves with the functions of AWS's framework containers")
    func script() throws {
        try withTemporaryFolder { folder in
            let script = """
                import os
                from sagemaker_inference import decoder

                def model_fn(folder):
                    return float(open(os.path.join(folder, "factor")).read())

                def predict_fn(data, model):
                    return [[value * model for value in row] for row in data]
                """
            let model = folder + "/model"
            try FileManager.default.createDirectory(atPath: model + "/code", withIntermediateDirectories: true)
            try Data(script.utf8).write(to: URL(filePath: model + "/code/inference.py"))
            try Data("2".utf8).write(to: URL(filePath: model + "/factor"))
            let tar = Process()
            tar.executableURL = URL(filePath: "/usr/bin/env")
            tar.arguments = ["tar", "-czf", folder + "/model.tar.gz", "-C", model, "."]
            try tar.run()
            tar.waitUntilExit()
            var program = ServingProgram(executable: roostBinary, .script(.init(python: "python3", archive: nil)))
            program.environment = ["SAGEMAKER_PROGRAM": "inference.py"]
            try withProcess(program, artifact: folder + "/model.tar.gz", in: folder) { process in
                let response = try process.respond(
                    to: LoopbackRequest(
                        "POST",
                        "/invocations",
                        headers: [("content-type", "application/json"), ("accept", "application/json")],
                        body: Array("[[1, 2.5]]".utf8)
                    )
                )
                #expect(String(decoding: response.body, as: UTF8.self) == "[[2.0, 5.0]]")
                #expect(response.contentType == "application/json")
            }
        }
    }
}
