import Definitions
import Encodings
import InferenceLog

/// The labels of a pipeline, found by the entries of its log.
struct LabelTable {
    /// What is known about one id or value of a key.
    struct Slot {
        /// The first label of each row, which evidence counts.
        private var first = Rows()
        let firstTime: Int64
        /// The last label of each row, which quality counts.
        private var last = Rows()
        private(set) var lastTime: Int64
        /// The newest inference that it belongs to: its batch and its entry in it.
        var newest: (batch: Int32, entry: Int32)?

        private struct Rows {
            /// Of the inference as a whole.
            var all: Label.Values?
            /// Of single rows, before `all`.
            var single: [Int: Label.Value]?

            func value(row: Int, of count: Int) -> Label.Value? {
                if let single, let own = single[row] { return own }
                return all?.value(row: row, of: count)
            }
        }

        init(_ label: Label) {
            firstTime = label.time
            lastTime = label.time
            add(label)
        }

        mutating func add(_ label: Label) {
            lastTime = label.time
            if let row = label.row, case .one(let value) = label.values {
                // What was said of the whole inference was said of this row too.
                if first.all == nil, first.single?[row] == nil { first.single = Self.with(value, row, first.single) }
                last.single = Self.with(value, row, last.single)
            } else {
                first.all = first.all ?? label.values
                last = Rows(all: label.values)
            }
        }

        private static func with(
            _ value: Label.Value,
            _ row: Int,
            _ rows: [Int: Label.Value]?
        ) -> [Int: Label.Value] {
            var rows = rows ?? [:]
            rows[row] = value
            return rows
        }

        /// Returns the label of a row.
        func value(row: Int, of count: Int) -> Label.Value? { last.value(row: row, of: count) }

        /// Returns the first label of a row, which no correction changes.
        func firstValue(row: Int, of count: Int) -> Label.Value? { first.value(row: row, of: count) }

        /// Whether the labels are about other rows than the inference has.
        func isAboutOtherRows(than count: Int) -> Bool {
            if case .rows(let values) = last.all, values.count != count { return true }
            return last.single?.keys.contains { $0 >= count } ?? false
        }
    }

    private(set) var slots: [Slot] = []
    private var byID: [UInt64: Int32] = [:]
    /// By the names of the keys, sorted, so that an entry with two labeled keys always gets the same one.
    private var byKey: [(name: String, slots: [UInt64: Int32])] = []
    private let wait: Int64
    private(set) var count = 0
    /// The number of inferences with an id that a newer one has too.
    private(set) var repeatedIDs = 0

    var isEmpty: Bool { slots.isEmpty }

    /// Reads the labels of a pipeline that may belong to a window of its log. Blocks.
    ///
    /// - Parameters:
    ///   - wait: How long after a label its inference may come, in milliseconds.
    ///   - start: The beginning of the window, in milliseconds since the epoch; `nil` for that of the log. Older labels, except for
    ///     the waiting time, are about earlier inferences.
    ///   - end: Labels that came at this time or later are left out; `nil` for none.
    init(_ store: LabelStore, of pipeline: String, wait: Int64, start: Int64? = nil, end: Int64? = nil) {
        self.wait = wait
        let oldest = start.map { $0.subtractingReportingOverflow(wait) }.map { $0.overflow ? .min : $0.partialValue }
        var keys: [String: [UInt64: Int32]] = [:]
        store.forEach(of: pipeline) { label in
            guard label.time >= oldest ?? .min, end.map({ label.time < $0 }) ?? true else { return }
            count += 1
            let known: Int32?
            switch label.target {
            case .id(let id): known = byID[StableHash.hash(id)]
            case .key(let name, let hash): known = keys[name]?[hash]
            }
            if let known {
                slots[Int(known)].add(label)
                return
            }
            guard slots.count < Int(Int32.max) else { return }
            let index = Int32(slots.count)
            slots.append(Slot(label))
            switch label.target {
            case .id(let id): byID[StableHash.hash(id)] = index
            case .key(let name, let hash): keys[name, default: [:]][hash] = index
            }
        }
        byKey = keys.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Finds the newest inference of each labeled id, and counts the others. A key may have many inferences.
    ///
    /// - Parameter batches: The log, oldest first.
    mutating func join(_ batches: some Sequence<LogBatch>) {
        guard !isEmpty else { return }
        for (index, batch) in batches.enumerated() { join(batch, index: index) }
    }

    private mutating func join(_ batch: LogBatch, index: Int) {
        let champions = batch.subjects.map { $0.role == "champion" }
        for range in batch.entryRanges {
            for entry in range where champions[Int(batch.subjectCodes[entry])] {
                if let slot = byID[batch.idHashes[entry]].map(Int.init) {
                    guard isInTime(slots[slot], batch.times[entry]) else { continue }
                    if slots[slot].newest != nil { repeatedIDs += 1 }
                    slots[slot].newest = (Int32(clamping: index), Int32(clamping: entry))
                }
            }
        }
        for (name, table) in byKey {
            guard let hashes = batch.keyHashes(name) else { continue }
            for range in batch.entryRanges {
                for entry in range {
                    guard let hash = hashes[entry], let slot = table[hash].map(Int.init),
                        isInTime(slots[slot], batch.times[entry])
                    else { continue }
                    slots[slot].newest = (Int32(clamping: index), Int32(clamping: entry))
                }
            }
        }
    }

    /// Returns the labels of an entry; `nil` if it has none, or if a newer inference has its id.
    func slot(_ batch: LogBatch, index: Int, entry: Int) -> Slot? {
        if let slot = byID[batch.idHashes[entry]].map({ slots[Int($0)] }) {
            return slot.newest.map { Int($0.batch) == index && Int($0.entry) == entry } == true ? slot : nil
        }
        for (name, table) in byKey {
            guard let hash = batch.keyHashes(name)?[entry], let slot = table[hash].map({ slots[Int($0)] }),
                isInTime(slot, batch.times[entry])
            else { continue }
            return slot
        }
        return nil
    }

    /// Returns how many labels still wait for their inference, and how many have waited too long.
    func unmatched(now: Int64) -> (waiting: Int, dropped: Int) {
        var waiting = 0
        var dropped = 0
        for slot in slots where slot.newest == nil {
            if Self.elapsed(from: slot.lastTime, to: now) > wait { dropped += 1 } else { waiting += 1 }
        }
        return (waiting, dropped)
    }

    /// Whether an inference came before the label's time was over.
    private func isInTime(_ slot: Slot, _ time: Int64) -> Bool { Self.elapsed(from: slot.lastTime, to: time) <= wait }

    /// Returns the milliseconds between two times, which were read from files, so that their difference may not fit.
    private static func elapsed(from start: Int64, to end: Int64) -> Int64 {
        let (difference, overflow) = end.subtractingReportingOverflow(start)
        return overflow ? (end < start ? .min : .max) : difference
    }
}
