import InferenceLog

/// Names the units of a log, alike for every step of a release: a unit that was counted in a replay is the same one in an experiment.
///
/// A unit is the value of the hash key, or else the request.
struct CountedUnits {
    private let ids: LogArray<UInt64>
    private let keys: LogKeyColumn?

    init(_ batch: LogBatch, hashKey: String?) {
        ids = batch.idHashes
        keys = hashKey.flatMap { batch.keyHashes($0) }
    }

    subscript(entry: Int) -> UInt64 { keys?[entry] ?? ids[entry] }
}
