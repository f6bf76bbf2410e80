import ArgumentParser
import Definitions
import Foundation

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check this machine, the data folder, the runtimes and the server.",
        discussion: """
            Nothing is changed. Warnings are about what may become a problem. The exit status is 1 if there is a problem.
            """
    )
    @OptionGroup var options: ClientOptions
    @OptionGroup var folder: DataFolderOption
    @Option(help: "Port of the server.") var port = 8080
    @Option(help: "Python that runs users' scripts and functions. (default: ROOST_PYTHON, or python3)")
    var python: String?
    @Flag(help: "Also read all stored artifacts, and compare them with their checksums.") var deep = false

    func validate() throws { try OptionRange.check(port, "port", 0...65535) }

    func run() async throws {
        var findings = MachineChecks().findings()
        let data = FolderChecks(path: folder.path)
        findings += data.findings()
        findings += await data.contentFindings(isDeep: deep)
        findings += await ProgramChecks(dataFolder: folder.path, executable: try OwnProgram.path(), python: python)
            .findings()
        do {
            let checks = ServerChecks(client: try options.client, isNamed: options.server.isNamed, port: port)
            findings += await checks.findings()
        } catch let error as RoostError {
            findings.append(.problem("server", error.message, "Correct ROOST_URL, ROOST_TOKEN or the options."))
        }
        if options.json {
            try Output.json(["checks": findings])
        } else {
            for finding in findings { Self.print(finding) }
        }
        if findings.contains(where: { $0.status == .problem }) { throw ExitCode.failure }
    }

    private static func print(_ finding: Finding) {
        let status = finding.status.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
        roost.print("\(status)\(finding.name): \(finding.message)")
        if let advice = finding.advice { roost.print("         → \(advice)") }
    }
}

extension ServerOptions {
    /// Whether the user says where the server is.
    var isNamed: Bool { url != nil || ProcessInfo.processInfo.environment["ROOST_URL"] != nil }
}
