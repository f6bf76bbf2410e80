import AWS
import Definitions
import Endpoints
import Foundation
import Functions
import Jobs
import LineLogs

/// A log group of CloudWatch Logs: the logs of all jobs of one kind, of an endpoint's programs, or of a function.
enum LogGroup: Hashable {
    case training
    case transform
    case endpoint(String)
    case function(String)

    private static let endpoints = "/aws/sagemaker/Endpoints/"

    var name: String {
        switch self {
        case .training: "/aws/sagemaker/TrainingJobs"
        case .transform: "/aws/sagemaker/TransformJobs"
        case .endpoint(let name): Self.endpoints + name
        case .function(let name): FunctionLogs.group(of: name)
        }
    }

    /// Reads the group from a request, by its name or its ARN. Does not check that an endpoint exists.
    init(_ input: JSON) throws {
        guard let text = input["logGroupName"]?.string ?? input["logGroupIdentifier"]?.string else {
            throw AWSError("InvalidParameterException", "Specify either logGroupName or logGroupIdentifier.")
        }
        let name = text.components(separatedBy: ":log-group:").last ?? text
        if name.hasPrefix(Self.endpoints) {
            self = .endpoint(String(name.dropFirst(Self.endpoints.count)))
        } else if name.hasPrefix(FunctionLogs.groupPrefix) {
            // `…:*` is how DescribeLogGroups ends an ARN.
            let rest = name.dropFirst(FunctionLogs.groupPrefix.count)
            self = .function(String(rest.hasSuffix(":*") ? rest.dropLast(2) : rest))
        } else if let group = [LogGroup.training, .transform].first(where: { $0.name == name }) {
            self = group
        } else {
            throw Self.notFound
        }
    }

    static let notFound = AWSError("ResourceNotFoundException", "The specified log group does not exist.")

    func arn(_ region: String) -> String { "arn:aws:logs:\(region):\(AWSAccount.id):log-group:\(name)" }
}

/// The log of one job, of one program, or of a function's process.
struct LogStream {
    let name: String
    let log: LineLog
    let beginning: Date
    let lastEvent: Date
    /// Whether a line stands for an event with line breaks, which also ends with one.
    private var isOfFunction = false

    init(name: String, log: LineLog, beginning: Date, lastEvent: Date) {
        self.name = name
        self.log = log
        self.beginning = beginning
        self.lastEvent = max(beginning, lastEvent)
    }

    init(_ stream: FunctionLogs.Stream) {
        self.init(name: stream.name, log: stream.log, beginning: stream.beginning, lastEvent: stream.lastEvent)
        isOfFunction = true
    }

    /// The message of an event, as its line was written.
    func message(_ line: TimedLine) -> String {
        isOfFunction ? FunctionLogs.text(of: line.message) + "\n" : line.message
    }

    init(_ stream: EndpointLogs.Stream) {
        self.init(name: stream.name, log: stream.log, beginning: stream.beginning, lastEvent: stream.lastEvent)
    }

    /// Returns `nil` if the job has not written anything yet.
    init?(_ job: some Job, logs: JobLogs) {
        let kind = type(of: job).kind
        guard let log = try? logs.log(of: kind, job.name), let beginning = log.beginning else { return nil }
        let seconds = Int(saturating: beginning.timeIntervalSince1970)
        let instance = kind == .transform ? "i-" + String(format: "%017x", seconds) : "algo-1-\(seconds)"
        self.init(
            name: "\(job.name)/\(instance)",
            log: log,
            beginning: beginning,
            lastEvent: job.state.endedAt ?? job.state.modifiedAt
        )
    }
}

/// A position in a stream, and the direction to read from there.
enum LogToken: Equatable {
    case forward(Int)
    case backward(Int)

    /// Reads the token from a request; `nil` if it has none.
    init?(_ input: JSON) throws {
        guard let text = input["nextToken"]?.string else { return nil }
        guard let position = Int(text.dropFirst(2)), (0...Self.limit).contains(position) else { throw Self.invalid }
        switch text.prefix(2) {
        case "f/": self = .forward(position)
        case "b/": self = .backward(position)
        default: throw Self.invalid
        }
    }

    /// The largest accepted position. Logs and lists are shorter.
    static let limit = 1 << 48
    static let invalid = AWSError("InvalidParameterException", "The specified nextToken is invalid.")

    var position: Int {
        switch self {
        case .forward(let position), .backward(let position): position
        }
    }

    var json: JSON {
        switch self {
        case .forward(let position): .string("f/\(position)")
        case .backward(let position): .string("b/\(position)")
        }
    }
}

/// The position where a search through several streams continues.
struct LogCursor {
    var stream: String
    var position: Int

    init(stream: String, position: Int) {
        self.stream = stream
        self.position = position
    }

    /// Reads the cursor from the request's token; starts at the beginning if there is none.
    init(_ input: JSON) throws {
        guard let text = input["nextToken"]?.string else {
            self.init(stream: "", position: 0)
            return
        }
        let parts = (Data(base64Encoded: text).map { String(decoding: $0, as: UTF8.self) } ?? "")
            .split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let position = Int(parts[0]), (0...LogToken.limit).contains(position) else {
            throw LogToken.invalid
        }
        self.init(stream: String(parts[1]), position: position)
    }

    var json: JSON { .string(Data("\(position) \(stream)".utf8).base64EncodedString()) }
}

/// The time range of a request: from `start`, inclusive, to `end`, exclusive.
struct LogRange {
    let start: Date?
    let end: Date?

    init(_ input: JSON) {
        // Clients express "always" and "never" with times outside every calendar.
        start = input["startTime"]?.number.map { Date(timeIntervalSince1970: $0 / 1000).clamped }
        end = input["endTime"]?.number.map { Date(timeIntervalSince1970: $0 / 1000).clamped }
    }
}

/// A CloudWatch Logs filter pattern for plain text: `all of these "and a phrase"`, `?any ?of`, `-none`.
struct LogFilter {
    private var all: [String] = []
    private var any: [String] = []
    private var none: [String] = []

    init(_ pattern: String) throws {
        let text = pattern.trimmingCharacters(in: .whitespaces)
        guard text.first.map({ !"{[%".contains($0) }) ?? true else {
            throw AWSError(
                "InvalidParameterException",
                "Invalid filter pattern. Only plain-text terms are supported, not JSON, column or expression patterns."
            )
        }
        var rest = Substring(text)
        while let first = rest.first {
            if first == " " {
                rest.removeFirst()
                continue
            }
            let sign: Character? = "?-".contains(first) ? rest.removeFirst() : nil
            let term: Substring
            if rest.first == "\"" {
                rest.removeFirst()
                term = rest.prefix { $0 != "\"" }
                rest = rest.dropFirst(term.count + 1)
            } else {
                term = rest.prefix { $0 != " " }
                rest = rest.dropFirst(term.count)
            }
            switch sign {
            case "?": any.append(String(term))
            case "-": none.append(String(term))
            default: all.append(String(term))
            }
        }
    }

    func matches(_ message: String) -> Bool {
        all.allSatisfy(message.contains) && (any.isEmpty || any.contains(where: message.contains))
            && !none.contains(where: message.contains)
    }
}

/// Lines of a stream, with the positions before the first and after the last line.
struct LogLines {
    var events: [TimedLine] = []
    var start: Int
    var end: Int
}

extension LogStream {
    func lines(after position: Int, _ range: LogRange, limit: Int) throws -> LogLines {
        let read = try log.events(from: position, since: range.start, limit: limit)
        let events = read.events.filter { event in range.end.map { event.time < $0 } ?? true }
        return LogLines(events: events, start: events.first?.position ?? position, end: read.next)
    }

    /// Returns the last lines before a position.
    func lines(before position: Int, _ range: LogRange, limit: Int) throws -> LogLines {
        var lines = LogLines(start: 0, end: 0)
        while lines.end < position {
            let read = try log.events(from: lines.end, since: range.start, limit: 10000)
            guard !read.events.isEmpty else { break }
            lines.end = read.next
            lines.events += read.events.filter { event in
                event.position < position && (range.end.map { event.time < $0 } ?? true)
            }
            lines.events.removeFirst(max(0, lines.events.count - limit))
        }
        lines.events = Array(lines.events.suffix(bytes: LineLog.pageBytes) { $0.message.utf8.count })
        lines.end = min(lines.end, position)
        lines.start = lines.events.first?.position ?? lines.end
        return lines
    }
}
