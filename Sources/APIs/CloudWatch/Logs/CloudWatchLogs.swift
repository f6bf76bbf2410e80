package import AWS
import Definitions
package import Endpoints
import Foundation
package import Functions
package import Jobs
import LineLogs
import WorkThreads

/// CloudWatch Logs: the output of jobs, of the programs that serve endpoints, and of functions.
package struct CloudWatchLogs: AWSService {
    private typealias Operation = @Sendable (CloudWatchLogs, AWSCall) async throws -> JSON?

    package static let description = AWSServiceDescription(
        name: "logs",
        operations: Array(logOperations.keys),
        target: "Logs_20140328"
    )
    package static let model: ServiceModel? = .logs

    private let jobs: JobService
    private let endpoints: EndpointService
    private let functions: FunctionService

    package init(jobs: JobService, endpoints: EndpointService, functions: FunctionService) {
        self.jobs = jobs
        self.endpoints = endpoints
        self.functions = functions
    }

    package func run(_ call: AWSCall) async throws -> JSON? {
        try await Self.logOperations[call.operation]?(self, call)
    }

    private static let logOperations: [String: Operation] = [
        "DescribeLogGroups": { try await $0.describeLogGroups($1) },
        "DescribeLogStreams": { try await $0.describeLogStreams($1) },
        "GetLogEvents": { try await $0.getLogEvents($1) },
        "FilterLogEvents": { try await $0.filterLogEvents($1) },
        "DeleteLogGroup": { try await $0.deleteLogGroup($1) },
    ]

    private func describeLogGroups(_ call: AWSCall) async throws -> JSON {
        let prefix = call.input["logGroupNamePrefix"]?.string ?? ""
        let part = call.input["logGroupNamePattern"]?.string ?? ""
        func isWanted(_ group: LogGroup) -> Bool {
            group.name.hasPrefix(prefix) && (part.isEmpty || group.name.contains(part))
        }
        var found: [(group: LogGroup, createdAt: Date)] = []
        for group in [LogGroup.training, .transform] where isWanted(group) {
            guard let oldest = try await streams(of: group).map(\.beginning).min() else { continue }
            found.append((group, oldest))
        }
        for (name, entry) in try await endpoints.all() where isWanted(.endpoint(name)) {
            found.append((.endpoint(name), entry.createdAt))
        }
        let names = try await offload { [logs = functions.logs] in logs.functions() }
        for group in names.map(LogGroup.function) where isWanted(group) {
            guard let oldest = try await streams(of: group).map(\.beginning).min() else { continue }
            found.append((group, oldest))
        }
        found.sort { $0.group.name < $1.group.name }
        let offset = try LogToken(call.input)?.position ?? 0
        let limit = call.input["limit"]?.int ?? 50
        let page = found.dropFirst(offset)
        return .members([
            "logGroups": .array(
                page.prefix(limit).map { group, createdAt in
                    .object([
                        "logGroupName": .string(group.name),
                        "creationTime": .milliseconds(createdAt),
                        "metricFilterCount": .number(0),
                        "arn": .string(group.arn(call.region) + ":*"),
                        "logGroupArn": .string(group.arn(call.region)),
                        "logGroupClass": .string("STANDARD"),
                    ])
                }
            ),
            "nextToken": page.count > limit ? LogToken.forward(offset + limit).json : nil,
        ])
    }

    /// Lists the streams of a group, ordered by name or by time of the last event.
    ///
    /// The last page has no `nextToken`, because the SDK keeps asking for as long as it gets one.
    private func describeLogStreams(_ call: AWSCall) async throws -> JSON {
        let input = call.input
        let group = try LogGroup(input)
        let isByTime = input["orderBy"]?.string == "LastEventTime"
        guard !isByTime || input["logStreamNamePrefix"] == nil else {
            throw AWSError(
                "InvalidParameterException",
                "Cannot order by LastEventTime with a logStreamNamePrefix."
            )
        }
        var found = try await streams(of: group, prefix: input["logStreamNamePrefix"]?.string ?? "")
        found.sort { isByTime ? ($0.lastEvent, $0.name) < ($1.lastEvent, $1.name) : $0.name < $1.name }
        if input["descending"]?.bool == true { found.reverse() }
        let offset = try LogToken(input)?.position ?? 0
        let limit = input["limit"]?.int ?? 50
        let page = found.dropFirst(offset)
        return .members([
            "logStreams": .array(
                page.prefix(limit).map { stream in
                    .object([
                        "logStreamName": .string(stream.name),
                        "creationTime": .milliseconds(stream.beginning),
                        "firstEventTimestamp": .milliseconds(stream.beginning),
                        "lastEventTimestamp": .milliseconds(stream.lastEvent),
                        "lastIngestionTime": .milliseconds(stream.lastEvent),
                        "arn": .string(group.arn(call.region) + ":log-stream:" + stream.name),
                        "storedBytes": .number(0),
                    ])
                }
            ),
            "nextToken": page.count > limit ? LogToken.forward(offset + limit).json : nil,
        ])
    }

    /// Returns lines of a stream. A token is a position in the stream, so that no line is returned twice. At the end of the
    /// stream, the token stays the same.
    private func getLogEvents(_ call: AWSCall) async throws -> JSON {
        let input = call.input
        let group = try LogGroup(input)
        let name = try input.required("logStreamName")
        guard let stream = try await streams(of: group, prefix: name).first(where: { $0.name == name }) else {
            throw AWSError("ResourceNotFoundException", "The specified log stream does not exist.")
        }
        let range = LogRange(input)
        let limit = input["limit"]?.int ?? 10000
        let token = try LogToken(input) ?? (input["startFromHead"]?.bool == true ? .forward(0) : .backward(.max))
        let lines = try await offload {
            switch token {
            case .forward(let position): try stream.lines(after: position, range, limit: limit)
            case .backward(let position): try stream.lines(before: position, range, limit: limit)
            }
        }
        return .object([
            "events": .array(
                lines.events.map { event in
                    .object([
                        "timestamp": .milliseconds(event.time),
                        "message": .string(stream.message(event)),
                        "ingestionTime": .milliseconds(event.time),
                    ])
                }
            ),
            "nextForwardToken": LogToken.forward(lines.end).json,
            "nextBackwardToken": LogToken.backward(lines.start).json,
        ])
    }

    /// Returns the lines of a group's streams that match the filter, one stream after the other.
    private func filterLogEvents(_ call: AWSCall) async throws -> JSON {
        let input = call.input
        let group = try LogGroup(input)
        let names = input["logStreamNames"]?.array.map { Set($0.compactMap(\.string)) }
        let found = try await streams(of: group, prefix: input["logStreamNamePrefix"]?.string ?? "")
            .filter { names?.contains($0.name) ?? true }
            .sorted { $0.name < $1.name }
        let filter = try LogFilter(input["filterPattern"]?.string ?? "")
        let range = LogRange(input)
        let limit = input["limit"]?.int ?? 10000
        var cursor = try LogCursor(input)
        var events: [(stream: LogStream, event: TimedLine)] = []
        for stream in found where stream.name >= cursor.stream {
            if stream.name > cursor.stream { cursor = LogCursor(stream: stream.name, position: 0) }
            while events.count < limit {
                let position = cursor.position
                let wanted = limit - events.count
                let lines = try await offload { try stream.lines(after: position, range, limit: wanted) }
                events += lines.events.filter { filter.matches($0.message) }.map { (stream, $0) }
                cursor.position = lines.end
                if lines.events.count < wanted { break }
            }
            if events.count >= limit { break }
        }
        events.sort { $0.event.time < $1.event.time }
        return .members([
            "events": .array(
                events.map { stream, event in
                    .object([
                        "logStreamName": .string(stream.name),
                        "timestamp": .milliseconds(event.time),
                        "message": .string(stream.message(event)),
                        "ingestionTime": .milliseconds(event.time),
                        "eventId": .string("\(stream.name):\(event.position)"),
                    ])
                }
            ),
            "searchedLogStreams": .array([]),
            "nextToken": events.count >= limit ? cursor.json : nil,
        ])
    }

    /// Removes the log of a function. The logs of jobs and endpoints end with them.
    private func deleteLogGroup(_ call: AWSCall) async throws -> JSON? {
        guard case .function(let name) = try LogGroup(call.input) else {
            throw AWSError.unsupported("logGroupName", reason: "only the logs of functions can be deleted.")
        }
        guard try await offload({ [logs = functions.logs] in logs.remove(name) }) else { throw LogGroup.notFound }
        return nil
    }

    /// Returns the streams of a group whose names begin with `prefix`. A stream exists once its job or program has written a
    /// line.
    ///
    /// - Throws: `ResourceNotFoundException` if the endpoint does not exist, or if no job of the kind or process of the
    ///   function has written a line.
    private func streams(of group: LogGroup, prefix: String) async throws -> [LogStream] {
        if case .endpoint(let name) = group {
            guard try await endpoints.entry(named: name) != nil else { throw LogGroup.notFound }
            return try await streams(of: group).filter { $0.name.hasPrefix(prefix) }
        }
        if case .function = group {
            let all = try await streams(of: group)
            guard !all.isEmpty else { throw LogGroup.notFound }
            return all.filter { $0.name.hasPrefix(prefix) }
        }
        let all: [LogStream]
        if let slash = prefix.firstIndex(of: "/") {
            all = try await streams(of: group, named: String(prefix[..<slash]))
        } else {
            all = try await streams(of: group)
        }
        if all.isEmpty, try await streams(of: group).isEmpty { throw LogGroup.notFound }
        return all.filter { $0.name.hasPrefix(prefix) }
    }

    /// - Parameter name: The name of the job; `nil` for the streams of all jobs. Ignored for an endpoint.
    private func streams(of group: LogGroup, named name: String? = nil) async throws -> [LogStream] {
        switch group {
        case .training: try await jobs(TrainingJob.self, named: name).compactMap { LogStream($0, logs: jobs.logs) }
        case .transform: try await jobs(TransformJob.self, named: name).compactMap { LogStream($0, logs: jobs.logs) }
        case .endpoint(let name):
            try await offload { [logs = endpoints.logs] in logs.streams(of: name).map(LogStream.init) }
        case .function(let name):
            try await offload { [logs = functions.logs] in logs.streams(of: name).map(LogStream.init) }
        }
    }

    private func jobs<Value: Job>(_ type: Value.Type, named name: String?) async throws -> [Value] {
        if let name { return try await jobs.job(type, named: name).map { [$0.job] } ?? [] }
        var query = JobQuery()
        query.limit = .max
        return try await jobs.jobs(type, query)
    }
}
