import Definitions
import Encodings
import InferenceLog

/// The labels of a pipeline, found by the entries of its log.
struct LabelTable {
    /// What is known about one id or value of a key.
    struct Slot {
        /// The first label, which evidence counts.
        let first: Label.Values
        let firstTime: Int64
        /// The last one, which quality counts.
        var last: Label.Values
        var lastTime: Int64
        /// The labels of single rows. If there are any, `last` does not apply to the other rows unless it has a value for each.
        var rows: [Int: Label.Value]?
        /// The newest inference that it belongs to: its batch and its entry in it.
        var newest: (batch: Int32, entry: Int32)?

        /// Returns the label of a row.
        func value(row: Int, of count: Int) -> Label.Value? {
            guard let rows else { return last.value(row: row, of: count) }
            if let own = rows[row] { return own }
            if case .rows = last { return last.value(row: row, of: count) }
            return nil
        }

        /// Returns the first label of a row, which no correction changes.
        func firstValue(row: Int, of count: Int) -> Label.Value? {
            rows == nil ? first.value(row: row, of: count) : value(row: row, of: count)
        }
    }

    private(set) var slots: [Slot] = []
    private var byID: [UInt64: Int32] = [:]
    private var byKey: [String: [UInt64: Int32]] = [:]
    private(set) var count = 0
    /// The number of inferences with an id that a newer one has too.
    private(set) var repeatedIDs = 0

    var isEmpty: Bool { slots.isEmpty }
    var keys: [String] { Array(byKey.keys) }

    /// Reads all labels of a pipeline. Blocks.
    init(_ store: LabelStore, of pipeline: String) {
        store.forEach(of: pipeline) { label in
            count += 1
            let known: Int32?
            switch label.target {
            case .id(let id): known = byID[StableHash.hash(id)]
            case .key(let name, let hash): known = byKey[name]?[hash]
            }
            if let known {
                update(&slots[Int(known)], label)
                return
            }
            guard slots.count < Int(Int32.max) else { return }
            var slot = Slot(first: label.values, firstTime: label.time, last: label.values, lastTime: label.time)
            if let row = label.row, case .one(let value) = label.values { slot.rows = [row: value] }
            let index = Int32(slots.count)
            slots.append(slot)
            switch label.target {
            case .id(let id): byID[StableHash.hash(id)] = index
            case .key(let name, let hash): byKey[name, default: [:]][hash] = index
            }
        }
    }

    private func update(_ slot: inout Slot, _ label: Label) {
        slot.lastTime = label.time
        if let row = label.row, case .one(let value) = label.values {
            slot.rows = slot.rows ?? [:]
            slot.rows?[row] = value
        } else {
            slot.last = label.values
        }
    }

    /// Finds the newest inference of each labelled id, and counts the others. A key may have many inferences.
    ///
    /// - Parameters:
    ///   - index: The index of the batch among those of the window.
    ///   - wait: How long after a label its inference may come, in milliseconds.
    mutating func note(_ batch: LogBatch, index: Int, wait: Int64) {
        guard !isEmpty else { return }
        let champions = batch.subjects.map { $0.role == "champion" }
        for range in batch.entryRanges {
            for entry in range where champions[Int(batch.subjectCodes[entry])] {
                if let slot = byID[batch.idHashes[entry]].map(Int.init) {
                    guard batch.times[entry] - slots[slot].lastTime <= wait else { continue }
                    if slots[slot].newest != nil { repeatedIDs += 1 }
                    slots[slot].newest = (Int32(clamping: index), Int32(clamping: entry))
                }
            }
        }
        for (name, table) in byKey {
            guard let hashes = batch.keyHashes(name) else { continue }
            for range in batch.entryRanges {
                for entry in range {
                    guard let hash = hashes[entry], let slot = table[hash].map(Int.init) else { continue }
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
            if let hash = batch.keyHashes(name)?[entry], let slot = table[hash] { return slots[Int(slot)] }
        }
        return nil
    }

    /// Returns how many labels still wait for their inference, and how many have waited too long.
    func unmatched(now: Int64, wait: Int64) -> (waiting: Int, dropped: Int) {
        var waiting = 0
        var dropped = 0
        for slot in slots where slot.newest == nil {
            if now - slot.lastTime > wait { dropped += 1 } else { waiting += 1 }
        }
        return (waiting, dropped)
    }
}
