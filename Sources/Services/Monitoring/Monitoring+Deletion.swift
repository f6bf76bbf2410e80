package import Definitions
import Encodings
import InferenceLog
import Platform
import Serving
import WorkThreads

extension Monitoring {
    /// Deletes all entries of a pipeline's log, and all of its labels. A pipeline that is deployed goes on logging.
    ///
    /// - Throws: ``RoostError`` if the disk fails. What was deleted before stays deleted.
    package func deleteLog(of name: String) async throws -> DeletedEntries {
        _ = try await platform.pipelineVersions(of: name)
        return try await offload { [self] in
            let entries = try log.deleteAll(of: name)
            return DeletedEntries(entries: entries, labels: try labels.keep(of: name) { _ in false })
        }
    }

    /// Deletes the entries of one value of a key, an input or a feature, and their labels.
    ///
    /// - Throws: ``RoostError`` if the disk fails. What was deleted before stays deleted.
    package func delete(_ deletion: LogDeletion, from name: String) async throws -> DeletedEntries {
        let versions = try await platform.pipelineVersions(of: name)
        guard (1...128).contains(deletion.key.utf8.count), !deletion.value.isEmpty else {
            throw RoostError(.invalidInput, "A deletion needs a 'key' and a 'value'.", field: "key")
        }
        let keyHash = platform.serving.keyHash
        let hash = keyHash.hash(InferenceKey.hash(deletion.value, pipeline: name, key: deletion.key))
        // Every experiment hashes its units with a salt of its own.
        var units: Set<UInt64> = []
        for version in versions {
            guard let experiment = version.experiment, version.hashKey == deletion.key else { continue }
            units.insert(keyHash.hash(StableHash.hash(deletion.value, salt: experiment.salt)))
        }
        var conditions: [LogCondition] = [
            .key(name: deletion.key, hash: hash), .input(name: deletion.key, value: .text(deletion.value)),
        ]
        if let integer = Int64(deletion.value) {
            conditions.append(.input(name: deletion.key, value: .integer(integer)))
        } else if let number = Double(deletion.value), number.isFinite {
            conditions.append(.input(name: deletion.key, value: .number(number)))
        }
        if !units.isEmpty { conditions.append(.units(units)) }
        return try await offload { [self, conditions] in
            var deleted = DeletedEntries(entries: 0, labels: 0)
            var outcome = LogCondition.Outcome()
            let result = Result { try log.deleteEntries(of: name, whereAny: conditions, &outcome) }
            // After an error, the labels of the entries that are gone go too.
            let ids = Set(outcome.ids)
            deleted.entries = outcome.count
            deleted.labels = try labels.keep(of: name) { label in
                switch label.target {
                case .id(let id): !ids.contains(id)
                case .key(let key, let other): key != deletion.key || other != hash
                }
            }
            try result.get()
            return deleted
        }
    }
}
