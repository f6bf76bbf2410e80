import AWS
import Foundation
import Platform

/// The records of a kind: held in memory, loaded at first use, and changed one at a time.
actor GatewayRecords<Document: Codable & Sendable & SendableMetatype> {
    /// Maximum bytes of a document. AWS bounds its parts.
    private static var sizeLimit: Int { 16 << 20 }

    private let platform: Platform
    private let kind: RecordKind
    private let limit: Int
    /// What a document is called in errors.
    private let subject: String
    private var documents: [String: Document]?
    /// Whether a change waits for the catalog. Others wait for it to end, so that none is lost.
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ platform: Platform, _ kind: RecordKind, limit: Int, subject: String) {
        self.platform = platform
        self.kind = kind
        self.limit = limit
        self.subject = subject
    }

    func all() async throws -> [Document] { Array(try await loaded().values) }

    func find(_ id: String) async throws -> Document? { try await loaded()[id] }

    /// Adds a document under a new ID.
    ///
    /// - Parameter check: Decides by the other documents whether this one may be added.
    func add(
        _ document: Document,
        id: String,
        at time: Date,
        check: @Sendable ([String: Document]) throws -> Void = { _ in }
    ) async throws {
        await enter()
        defer { leave() }
        let documents = try await read()
        try check(documents)
        guard documents.count < limit else {
            throw AWSError.limitExceeded("Maximum number of \(subject) reached. The limit is \(limit).")
        }
        try await write(document, id, at: time)
        self.documents?[id] = document
    }

    /// Changes a document, or throws and leaves it as it was.
    ///
    /// - Returns: `nil` if the document does not exist.
    func change<Result: Sendable>(
        _ id: String,
        at time: Date,
        _ change: @Sendable (inout Document) throws -> Result
    ) async throws -> Result? {
        await enter()
        defer { leave() }
        guard var document = try await read()[id] else { return nil }
        let result = try change(&document)
        try await write(document, id, at: time)
        documents?[id] = document
        return result
    }

    /// Returns the removed document; `nil` if it does not exist.
    func remove(_ id: String) async throws -> Document? {
        await enter()
        defer { leave() }
        guard let document = try await read()[id] else { return nil }
        _ = try await platform.removeRecord(kind, id)
        documents?[id] = nil
        return document
    }

    private func write(_ document: Document, _ id: String, at time: Date) async throws {
        guard try JSONEncoder().encode(document).count <= Self.sizeLimit else {
            throw AWSError.limitExceeded(
                "Too much data in one of the \(subject). The limit is \(Self.sizeLimit) bytes."
            )
        }
        try await platform.putRecord(document, kind, id, at: time)
    }

    private func loaded() async throws -> [String: Document] {
        if let documents { return documents }
        await enter()
        defer { leave() }
        return try await read()
    }

    private func read() async throws -> [String: Document] {
        if let documents { return documents }
        let records = try await platform.allRecorded(Document.self, kind)
        let found = Dictionary(records.map { ($0.name, $0.value) }) { first, _ in first }
        documents = found
        return found
    }

    private func enter() async {
        guard isBusy else {
            isBusy = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func leave() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }
}
