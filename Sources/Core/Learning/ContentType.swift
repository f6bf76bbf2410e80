/// What a channel's files are: `text/csv;label_size=1`, `libsvm`, `application/x-recordio-protobuf`.
package struct ContentType: Sendable, Equatable {
    package enum Format: Sendable, Equatable {
        case csv
        case libsvm
        case recordIO
    }

    package let format: Format
    /// How many of the first columns of a csv file are the label: 0 or 1.
    package let labelSize: Int

    /// - Parameters:
    ///   - text: As the user gave it; where nothing was said, it is `fallback`.
    ///   - channel: For the message.
    package init(_ text: String?, default fallback: Format, channel: String) throws(LearningError) {
        let parts = (text ?? "").split(separator: ";").map { $0.trimmed }
        switch parts.first?.lowercased() {
        case nil, "": format = fallback
        case "csv", "text/csv": format = .csv
        case "libsvm", "text/libsvm", "text/x-libsvm": format = .libsvm
        case "application/x-recordio-protobuf", "recordio-protobuf": format = .recordIO
        case .some(let other):
            throw .client(
                "\(other) is not an accepted ContentType for channel '\(channel)'; accepted are csv, libsvm, text/csv, "
                    + "text/libsvm, text/x-libsvm and application/x-recordio-protobuf."
            )
        }
        var labelSize = 1
        for parameter in parts.dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1).map { $0.trimmed.lowercased() }
            guard pair.first == "label_size" else { continue }
            guard pair.count == 2, let size = Int(pair[1]), (0...1).contains(size) else {
                throw .client("The ContentType of channel '\(channel)' has a label_size that is neither 0 nor 1.")
            }
            labelSize = size
        }
        self.labelSize = labelSize
    }
}

extension StringProtocol {
    /// Without spaces at both ends.
    var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
