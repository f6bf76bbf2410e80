/// The content type of a channel: `text/csv;label_size=1`, `libsvm`, `application/x-parquet`.
package struct ContentType: Sendable, Equatable {
    package enum Format: Sendable, Equatable {
        case csv
        case libsvm
        case recordIO
        case parquet
    }

    package let format: Format
    /// The number of label columns at the start of a CSV row: 0 or 1.
    package let labelSize: Int

    /// - Parameters:
    ///   - text: The user's content type; if it is empty, the format is `fallback`.
    ///   - channel: The channel's name, for the error message.
    ///   - takesParquet: Whether the algorithm reads Parquet, as only xgboost does.
    package init(
        _ text: String?,
        default fallback: Format,
        channel: String,
        takesParquet: Bool = false
    ) throws(LearningError) {
        let parts = (text ?? "").split(separator: ";").map { $0.trimmed }
        switch parts.first?.lowercased() {
        case nil, "": format = fallback
        case "csv", "text/csv": format = .csv
        case "libsvm", "text/libsvm", "text/x-libsvm": format = .libsvm
        case "application/x-recordio-protobuf", "recordio-protobuf": format = .recordIO
        case "application/x-parquet" where takesParquet, "parquet" where takesParquet: format = .parquet
        case .some(let other):
            throw .client(
                "\(other) is not an accepted ContentType for channel '\(channel)'. Expected one of: csv, libsvm, "
                    + "text/csv, text/libsvm, text/x-libsvm, "
                    + (takesParquet ? "parquet, application/x-parquet, " : "") + "application/x-recordio-protobuf."
            )
        }
        var labelSize = 1
        for parameter in parts.dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1).map { $0.trimmed.lowercased() }
            guard pair.first == "label_size" else { continue }
            guard pair.count == 2, let size = Int(pair[1]), (0...1).contains(size) else {
                throw .client("The label_size in the ContentType of channel '\(channel)' must be 0 or 1.")
            }
            labelSize = size
        }
        self.labelSize = labelSize
    }
}

extension StringProtocol {
    /// The string without white space at both ends.
    var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
