import ArgumentParser
import Definitions
import Foundation
import RoostClient
import Words

/// Shows a release until it ends: on a terminal as a page that is redrawn, otherwise as a line when a step begins or ends.
struct ReleaseFollower {
    private let options: ClientOptions
    private let terminal = Terminal(descriptor: STDOUT_FILENO)

    init(_ options: ClientOptions) { self.options = options }

    /// - Throws: `ExitCode.failure` unless the candidate is promoted.
    func follow(_ name: String) async throws {
        let client = try options.client
        var lineCount = 0
        var told: [String] = []
        // The name of a pipeline must not come to stand for its next release.
        let id = try await client.release(name).release.id
        while true {
            let status = try await client.release(id)
            if options.json {
                if !status.release.state.isOpen { try Output.json(status) }
            } else if terminal.isThere {
                lineCount = draw(status, over: lineCount)
            } else {
                let lines = Self.lines(status.release)
                for line in lines.dropFirst(told.count) { print(line) }
                told = lines
            }
            guard status.release.state.isOpen else {
                if status.release.state != .promoted { throw ExitCode.failure }
                return
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// Draws the page over the last one, and returns the number of its lines.
    private func draw(_ status: ReleaseStatus, over lineCount: Int) -> Int {
        let (columns, rows) = terminal.size
        var page = Page.forOutput()
        page.add(status)
        // The cursor cannot return to lines that scrolled off the top.
        let lines = page.lines.map(\.text).suffix(max(1, rows - 2))
        // Lines are cut, because one that wraps would count as two.
        let start = lineCount > 0 ? "\u{1B}[\(lineCount)A\u{1B}[J" : ""
        Output.draw(Data((start + lines.map { Output.fit($0, columns) }.joined(separator: "\n") + "\n").utf8))
        return lines.count
    }

    /// A line for each step that has begun, and one for the end.
    static func lines(_ release: Release) -> [String] {
        var lines = release.steps.map { step in "\(Output.time(step.startedAt))  \(step.words)" }
        if !release.state.isOpen {
            let end = release.endedAt.map(Output.time) ?? Numbers.none
            lines.append("\(end)  \(Status(release.state).text)\(release.reason.map { ". \($0)" } ?? "")")
        }
        return lines
    }
}
