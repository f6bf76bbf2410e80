import Foundation
import Programs
import TestSupport

/// A `serve` program for tests, which answers with raw bytes.
///
/// The body of a request to `/invocations` is a Python statement; `reply` sends bytes as they are.
private let server = #"""
    #!/usr/bin/env python3
    import os, socketserver, sys, time

    print("started", flush=True)
    if "FAIL" in os.environ:
        sys.exit(int(os.environ["FAIL"]))


    class Handler(socketserver.StreamRequestHandler):
        def reply(self, data):
            self.wfile.write(data)
            self.wfile.flush()

        def answer(self, data, status="200 OK"):
            self.reply(b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n%s" % (status.encode(), len(data), data))

        def handle(self):
            request = self.rfile.readline().split()
            head = []
            while (line := self.rfile.readline().strip()):
                head.append(line.decode())
            if request[1] == b"/ping":
                return self.answer(b"", os.environ.get("PING", "200 OK"))
            length = [int(line.split(":")[1]) for line in head if line.startswith("content-length:")]
            body = self.rfile.read(length[0])
            try:
                exec(body, {"self": self, "head": head, "os": os, "time": time})
            except BrokenPipeError:
                pass


    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True


    Server(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
    """#

/// Writes the program into `folder`.
func program(in folder: String, _ environment: [String: String] = [:]) throws -> ServingProgram {
    let code = folder + "/algorithm"
    try FileManager.default.createDirectory(atPath: code, withIntermediateDirectories: true)
    try Data(server.utf8).write(to: URL(filePath: code + "/serve"))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: code + "/serve")
    var program = ServingProgram(executable: roostBinary, .folder(code))
    program.environment = environment
    return program
}

/// Starts a program on an archive, by default an empty one, and closes it after `body`.
func withProcess(
    _ program: ServingProgram,
    artifact: String? = nil,
    in folder: String,
    _ body: (ServingProcess) throws -> Void
) throws {
    var path = folder + "/empty"
    if let artifact { path = artifact } else { try Data().write(to: URL(filePath: path)) }
    let process = try ServingProcess(artifact: path, program: program, scratchFolder: folder) { _ in }
    defer { process.close() }
    try body(process)
}

extension ServingProcess {
    /// Sends Python code to the program, which runs it to respond.
    func run(
        _ code: String,
        headers: [(name: String, value: String)] = [],
        timeLimit: Int = 30,
        bodyLimit: Int = 1 << 20
    ) throws(ProgramError) -> LoopbackResponse {
        try respond(
            to: LoopbackRequest(
                "POST",
                "/invocations",
                headers: headers,
                body: Array(code.utf8),
                timeLimit: timeLimit,
                bodyLimit: bodyLimit
            )
        )
    }

    /// The text of a response to Python code.
    func text(_ code: String, headers: [(name: String, value: String)] = []) throws -> String {
        String(decoding: try run(code, headers: headers).body, as: UTF8.self)
    }
}
