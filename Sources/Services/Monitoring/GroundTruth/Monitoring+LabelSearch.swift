package import Definitions
import Platform
import WorkThreads

extension Monitoring {
    /// The most rows of one inference whose labels are found.
    private static let rowLimit = 1000

    /// What labels are about: an ID, or the hash of a key's value.
    private enum Place: Hashable {
        case id(String)
        case key(String, UInt64)

        init(_ target: Label.Target) {
            self =
                switch target {
                case .id(let id): .id(id)
                case .key(let name, let hash): .key(name, hash)
                }
        }
    }

    /// Finds the labels of inferences: of each and each of its rows the last one, which is the one that quality counts.
    ///
    /// - Parameters:
    ///   - ids: The IDs of inferences.
    ///   - keys: The hashes of keys' values, by the names of the keys.
    /// - Returns: The labels in the order in which they came.
    package func labels(of name: String, ids: [String], keys: [String: [UInt64]]) async throws -> [Label] {
        _ = try await platform.pipeline(named: name)
        var wanted = Set(ids.map { Place.id($0) })
        for (key, hashes) in keys { wanted.formUnion(hashes.map { .key(key, $0) }) }
        let places = wanted
        return try await offload { [labels] in
            // By row; -1 for the inference as a whole.
            var found: [Place: [Int: (order: Int, label: Label)]] = [:]
            var order = 0
            labels.forEach(of: name) { label in
                let place = Place(label.target)
                guard places.contains(place) else { return }
                order += 1
                if let row = label.row {
                    let rows = found[place] ?? [:]
                    guard rows[row] != nil || rows.count < Self.rowLimit else { return }
                    found[place, default: [:]][row] = (order, label)
                } else {
                    // What is said of the whole inference is said of each row.
                    found[place] = [-1: (order, label)]
                }
            }
            return found.values.flatMap(\.values).sorted { $0.order < $1.order }.map(\.label)
        }
    }
}
