import Logging

/// Writes log messages to standard error as lines of text. What a message names may come from outside: it can neither begin a line of
/// its own nor control a terminal.
struct TextLogHandler: LogHandler {
    private var lines: StreamLogHandler

    init(label: String, level: Logger.Level) {
        lines = .standardError(label: label)
        lines.logLevel = level
    }

    var logLevel: Logger.Level {
        get { lines.logLevel }
        set { lines.logLevel = newValue }
    }

    var metadata: Logger.Metadata {
        get { lines.metadata }
        set { lines.metadata = Self.visible(newValue) }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { lines[metadataKey: key] }
        set { lines[metadataKey: key] = newValue.map(Self.visible) }
    }

    func log(event: LogEvent) { lines.log(event: Self.visible(event)) }

    static func visible(_ event: LogEvent) -> LogEvent {
        var event = event
        event.message = "\(Output.oneLine("\(event.message)"))"
        if let error = event.error {
            event.metadata = ["error": "\(error)"].merging(event.metadata ?? [:]) { $1 }
            event.error = nil
        }
        event.metadata = event.metadata.map(visible)
        return event
    }

    private static func visible(_ metadata: Logger.Metadata) -> Logger.Metadata { metadata.mapValues { visible($0) } }

    private static func visible(_ value: Logger.Metadata.Value) -> Logger.Metadata.Value {
        switch value {
        case .string(let text): .string(Output.oneLine(text))
        case .stringConvertible(let value): .string(Output.oneLine("\(value)"))
        case .array(let values): .array(values.map { visible($0) })
        case .dictionary(let values): .dictionary(visible(values))
        }
    }
}
