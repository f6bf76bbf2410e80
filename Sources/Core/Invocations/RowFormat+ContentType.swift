import RecordIO
import Tables

/// The formats of rows in bodies by their content types.
extension RowFormat {
    /// Parses a content type such as `text/csv; charset=utf-8`; `nil` if it is unknown.
    init?(_ text: String) {
        switch text {
        case "text/csv": self = .csv
        case "application/json": self = .json
        default:
            let name = text.prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
            switch name {
            case "text/csv", "csv", "application/csv": self = .csv
            case "application/json", "json": self = .json
            case "application/jsonlines", "application/x-jsonlines", "application/x-ndjson", "jsonlines":
                self = .jsonLines
            case "text/libsvm", "text/x-libsvm", "libsvm": self = .libsvm
            case RecordFrames.contentType: self = .recordIO
            default: return nil
            }
        }
    }

    /// Guesses the format of a body without a content type.
    init(sniffing body: UnsafeRawBufferPointer) {
        let head = body.first { $0 > 0x20 } ?? 0
        if RecordFrames.begin(body) {
            self = .recordIO
        } else if head == UInt8(ascii: "{") || head == UInt8(ascii: "[") {
            self = .jsonLines
        } else if body.prefix(while: { $0 != 0x0A }).contains(UInt8(ascii: ":")) {
            self = .libsvm
        } else {
            self = .csv
        }
    }

    /// Returns the first supported response format in an `Accept` header.
    ///
    /// - Returns: `default` if the header accepts any, `nil` if no type in it is supported.
    static func accepted(_ header: String?, default: RowFormat) -> RowFormat? {
        guard let header, !header.isEmpty, header != "*/*" else { return `default` }
        if let single = RowFormat(header), single != .libsvm { return single }
        for part in header.split(separator: ",") {
            let name = part.prefix { $0 != ";" }.filter { !$0.isWhitespace }
            if name == "*/*" { return `default` }
            if name == "text/*" { return .csv }
            if name == "application/*" { return .json }
            if let type = RowFormat(String(name)), type != .libsvm { return type }
        }
        return nil
    }

    var contentType: String {
        switch self {
        case .csv: "text/csv; charset=utf-8"
        case .json: "application/json"
        case .jsonLines: "application/jsonlines"
        case .libsvm: "text/libsvm"
        case .recordIO: RecordFrames.contentType
        }
    }
}
