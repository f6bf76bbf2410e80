/// Metrics by name, each removed an hour after its last user.
///
/// Prometheus can still read the last values, and the series of replaced versions do not pile up forever.
struct RetainedSeries<Value: AnyObject> {
    static var retention: Duration { .seconds(3600) }

    private var entries: [String: (value: Value, unusedSince: ContinuousClock.Instant?)] = [:]

    /// Returns the value with this name, and creates it if there is none.
    mutating func value(_ name: String, _ make: () -> Value) -> Value {
        if let known = entries[name]?.value { return known }
        let value = make()
        entries[name] = (value, nil)
        return value
    }

    /// Removes the values whose names satisfy the condition.
    mutating func remove(where condition: (String) -> Bool) {
        entries = entries.filter { !condition($0.key) }
    }

    /// Removes the values that nobody else has referenced for an hour, and returns the others.
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
