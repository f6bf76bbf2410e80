import Definitions
import LineLogs
import NativeAPI
import Words

/// A log as plain text, which a page's script follows: it asks for what comes after an offset.
struct Feed: Sendable {
    /// What has been written since an offset.
    struct Part: Sendable {
        var text: String
        /// The offset of the next request.
        var next: Int
        /// Whether nothing more will be written.
        var isEnded: Bool
    }

    /// `{name}` stands for one segment.
    let path: PathTemplate
    let read: @Sendable (PageRequest) async throws -> Part

    init(_ path: String, read: @escaping @Sendable (PageRequest) async throws -> Part) {
        self.path = PathTemplate(path)
        self.read = read
    }

    func response(
        to call: PageRequest,
        _ describe: @Sendable (_ error: any Error, _ path: String) -> RoostError
    ) async -> ConsoleResponse {
        do {
            guard call.request.method == .get else {
                throw RoostError(.methodNotAllowed, "POST is not allowed here; use GET.")
            }
            let part = try await read(call)
            var response = ConsoleResponse(status: 200, body: Array(part.text.utf8))
            response.headers += [("x-next-offset", String(part.next)), ("x-log-ended", String(part.isEnded))]
            return response
        } catch {
            let error = describe(error, call.request.path)
            return ConsoleResponse(status: error.httpStatus, body: Array((error.message + "\n").utf8))
        }
    }
}

extension JobLog {
    /// The most characters of a line on a page.
    private static let columnLimit = 4000

    /// The lines as the script of the pages reads them: the time, no source, and the text, with tabs between them.
    var text: String { lines { $0 } }

    /// The same as a terminal would show it: a carriage return goes back to the beginning of a line, and what is too long is cut off.
    var screen: String {
        lines { message in
            let last = message.split(separator: "\r").last.map(String.init) ?? ""
            let rest = last.count - Self.columnLimit
            guard rest > 0 else { return last }
            return last.prefix(Self.columnLimit) + "… \(Numbers.count(rest, "more character"))"
        }
    }

    private func lines(_ shown: (String) -> String) -> String {
        events.map { "\(Moment.clock($0.time))\t\t\(shown($0.message))\n" }.joined()
    }

    /// Leaves out lines at the beginning, but keeps the last one.
    mutating func keepEnd(lines: Int, bytes: Int) {
        let last = Array(events.suffix(lines))
        events = Array(last.suffix(bytes: bytes) { min($0.message.utf8.count, Self.columnLimit) })
    }
}
