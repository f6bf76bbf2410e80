public import ArgumentParser
public import Logging

/// The server's own log, on standard error.
struct LogOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Option(help: "Lowest level of the log messages to write.")
    var logLevel = Logger.Level.info

    @Option(help: "Format of the log messages: text, or json for JSON Lines.")
    var logFormat = Format.text

    @Flag(help: "Also log each request with its status and duration, except inferences, which the inference log has.")
    var accessLog = false

    /// Sends the log of the whole process to standard error.
    func bootstrap() {
        let (level, format) = (logLevel, logFormat)
        LoggingSystem.bootstrap { label in
            switch format {
            case .json: return JSONLogHandler(level: level)
            case .text: return TextLogHandler(label: label, level: level)
            }
        }
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
