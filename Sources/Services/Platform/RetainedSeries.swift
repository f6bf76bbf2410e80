/// What is counted, by name; gone an hour after nobody counts there any more.
///
/// Prometheus still reads what happened last, and the series of versions that were replaced do not pile up for ever.
struct RetainedSeries<Value: AnyObject> {
    static var retention: Duration { .seconds(3600) }

    private var entries: [String: (value: Value, unusedSince: ContinuousClock.Instant?)] = [:]

    /// The value of a name, made if there is none.
    mutating func value(_ name: String, _ make: () -> Value) -> Value {
        if let known = entries[name]?.value { return known }
        let value = make()
        entries[name] = (value, nil)
        return value
    }

    /// All values, once those are removed that nobody else has had for an hour.
    mutating func values(at now: ContinuousClock.Instant) -> [Value] {
        for name in Array(entries.keys) {
            guard var entry = entries.removeValue(forKey: name) else { continue }
            if isKnownUniquelyReferenced(&entry.value) {
                let since = entry.unusedSince ?? now
                guard since.duration(to: now) < Self.retention else { continue }
                entry.unusedSince = since
            } else {
                entry.unusedSince = nil
            }
            entries[name] = entry
        }
        return entries.values.map(\.value)
    }
}
