import Tables

/// Reads libsvm files: `LABEL[:WEIGHT] [qid:QUERY] COLUMN:VALUE …`, with columns numbered as in the file and comments after `#`.
struct LibsvmReader: Sendable {
    let threads: Int

    func read(_ channel: LearningFolder.Channel) throws(LearningError) -> TrainingData {
        var data = TrainingData(
            rowCount: 0,
            columnCount: 0,
            features: .sparse(offsets: [], columns: [], values: []),
            labels: []
        )
        var offsets: [UInt64] = [0]
        var columns: [UInt32] = []
        var values: [Float] = []
        var queries: [UInt64] = []
        var highest: UInt32?
        let isAssumed = channel.contentType?.trimmed.isEmpty ?? true
        let reader = BlockReader(threads: threads) { Self.describe($0, isAssumed: isAssumed) }
        try reader.read(channel, parse: { RowBlock(libsvm: $0) }) { block throws(LearningError) in
            let start = UInt64(values.count)
            offsets += block.ends.map { start + UInt64($0) }
            columns += block.columns
            values += block.values
            queries += block.queries
            if let last = block.columns.max() { highest = max(highest ?? 0, last) }
            // If only some rows have a weight, the others have weight 1.
            if !block.weights.isEmpty || !data.weights.isEmpty {
                if data.weights.isEmpty { data.weights = [Float](repeating: 1, count: data.rowCount) }
                data.weights += block.weights.isEmpty ? [Float](repeating: 1, count: block.rowCount) : block.weights
            }
            data.rowCount += block.rowCount
            data.labels += block.labels
        }
        guard data.rowCount > 0 else { throw .client("No data in channel '\(channel.name)': its files are empty.") }
        data.columnCount = highest.map { Int($0) + 1 } ?? 1
        data.features = .sparse(offsets: offsets, columns: columns, values: values)
        if !queries.isEmpty {
            guard queries.count == data.rowCount else {
                throw .client("Some rows of channel '\(channel.name)' have a qid and others do not.")
            }
            data.groups = Self.groups(of: queries)
        }
        return data
    }

    /// Returns the lengths of the runs of rows with the same query.
    static func groups(of queries: [UInt64]) -> [UInt32] {
        var groups: [UInt32] = []
        var previous: UInt64?
        for query in queries {
            if query == previous { groups[groups.count - 1] += 1 } else { groups.append(1) }
            previous = query
        }
        return groups
    }

    /// - Parameter isAssumed: Whether libsvm is only assumed because the channel has no content type.
    private static func describe(_ problem: RowProblem, isAssumed: Bool) -> String {
        guard case .libsvm(let fault) = problem.reason else { return "the line cannot be read." }
        switch fault {
        case .label(let word): return "the label '\(word)' is not a number."
        case .labelNotFinite(let word): return "the label '\(word)' is not finite."
        case .weight(let word): return "the weight in '\(word)' must be a number that is 0 or greater."
        case .query(let word): return "'\(word)' is not a valid query ID."
        case .pair(let word): return "'\(word)' is not of the form COLUMN:VALUE. Check the channel's ContentType."
        case .column(let word, let limit): return "the column in '\(word)' is greater than \(limit)."
        case .value(let word): return "the value in '\(word)' is not a number."
        case .infiniteValue(let word): return "the value in '\(word)' is infinite or too large for FP32."
        case .looksLikeCSV:
            return isAssumed
                ? "the channel has no ContentType and was read as libsvm, but this looks like CSV. Set the channel's "
                    + "ContentType to text/csv."
                : "the channel's ContentType is libsvm, but this looks like CSV. Set the ContentType to text/csv."
        }
    }
}
