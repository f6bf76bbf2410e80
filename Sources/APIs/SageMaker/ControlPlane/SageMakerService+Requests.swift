import Catalog
package import Definitions
import Foundation
import Platform

// Errors, names, pages and times that all operations share.

extension AWSError {
    /// Converts an error of a lower layer to SageMaker's error codes.
    package init(_ error: RoostError) {
        switch error.code {
        case .invalidInput, .notFound, .tooLarge, .methodNotAllowed, .unsupportedMediaType, .requestTimeout:
            self = .validation(error.message)
        case .conflict: self.init("ResourceInUse", error.message)
        case .busy: self.init("ThrottlingException", error.message)
        case .unauthorized, .forbidden: self.init("AccessDeniedException", error.message)
        case .unavailable, .timeout: self.init("ServiceUnavailable", error.message, status: 503)
        case .internalError: self.init("InternalFailure", error.message, status: 500)
        case .insufficientStorage: self.init("InternalFailure", error.message, status: 507)
        }
    }

    /// Returns the error for a missing required member.
    ///
    /// - Parameter path: The path to the member: `["AlgorithmSpecification", "TrainingImage"]`.
    static func missing(_ path: [String]) -> AWSError {
        missing(members: [memberPath(path)])
    }

    /// Returns the error for missing required members.
    static func missing(members: [String]) -> AWSError {
        .validation(text(ofProblems: members.map(InputCheck.missing)))
    }

    /// Returns AWS's message for input members that violate its constraints.
    static func text(ofProblems problems: [String]) -> String {
        "\(problems.count) validation error\(problems.count == 1 ? "" : "s") detected: "
            + problems.prefix(InputCheck.errorLimit).joined(separator: "; ")
    }

    /// Returns the error for a member whose value this server does not support. Ignoring it would change the result.
    static func unsupported(_ path: String..., reason: String) -> AWSError {
        .validation("'\(memberPath(path))' is not supported by this server: \(reason)")
    }

    private static func memberPath(_ path: [String]) -> String {
        path.map { $0.prefix(1).lowercased() + $0.dropFirst() }.joined(separator: ".")
    }
}

extension Date {
    /// Parses `2030-01-01T12:00:00Z`, with or without fractional seconds.
    init?(iso8601 text: String) {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let date = (try? Date(text, strategy: .iso8601)) ?? (try? Date(text, strategy: style)),
            Self.supported.contains(date)
        else { return nil }
        self = date
    }
}

extension JSON {
    /// Returns the string at a path of members, which must be present.
    func required(_ path: String...) throws -> String {
        var value: JSON? = self
        for name in path { value = value?[name] }
        guard let text = value?.string else { throw AWSError.missing(path) }
        return text
    }

    /// The time of a value in seconds since the epoch, as SDKs send it, or in ISO 8601. `nil` outside the years 1 to 9999.
    var date: Date? {
        if let number { return Date(checked: number) }
        return string.flatMap(Date.init(iso8601:))
    }

    /// Returns the object with these members added or replaced.
    func merging(_ members: [String: JSON?]) -> JSON {
        .object((object ?? [:]).merging(members.compactMapValues { $0 }) { _, new in new })
    }

    /// Returns the object without these members.
    func without(_ names: String...) -> JSON { .object((object ?? [:]).filter { !names.contains($0.key) }) }

    /// The document as a string.
    var text: String { String(decoding: encoded, as: UTF8.self) }

    /// Returns an object of strings.
    static func strings(_ values: [String: String]) -> JSON { .object(values.mapValues { .string($0) }) }
}

/// The resource that a SageMaker ARN names: its kind, and its name in lower case.
struct ResourceName: Hashable {
    let kind: String
    let name: String

    /// Parses `arn:aws:sagemaker:REGION:ACCOUNT:KIND/NAME`. Region and account are ignored.
    init?(arn: String) {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "sagemaker",
            case let resource = parts[5].split(separator: "/", maxSplits: 1), resource.count == 2
        else { return nil }
        kind = String(resource[0])
        name = resource[1].lowercased()
    }
}

/// A page of a list: the number of elements to skip, and the number to return.
///
/// The token also holds the time of the first page's request, so that new resources do not shift the pages, and a digest of
/// the filters, so that it is only valid with the same filters.
struct Page {
    let offset: Int
    let limit: Int
    let time: Date
    private let digest: UInt64

    /// The largest accepted offset. Lists are shorter.
    private static let offsetLimit = Int(Int32.max)

    /// - Parameter limit: The default of `MaxResults`.
    init(_ call: AWSCall, limit: Int = 10) throws {
        self.limit = call.input["MaxResults"]?.int ?? limit
        digest = Self.digest(call)
        guard let text = call.input["NextToken"]?.string else {
            offset = 0
            time = call.time
            return
        }
        let parts = (Data(base64Encoded: text).map { String(decoding: $0, as: UTF8.self) } ?? "").split(separator: " ")
        guard parts.count == 3, let offset = Int(parts[0]), (0...Self.offsetLimit).contains(offset),
            let time = Double(parts[1]).flatMap({ Date(checked: $0) }), UInt64(parts[2]) == digest
        else { throw AWSError.validation("Invalid NextToken. It belongs to another list, or the filters changed.") }
        self.offset = offset
        self.time = time
    }

    /// The token of the next page.
    var next: JSON {
        let text = "\(offset + limit) \(time.timeIntervalSince1970) \(digest)"
        return .string(Data(text.utf8).base64EncodedString())
    }

    /// Returns the elements on this page, and the token of the next page if there are more.
    func cut<Element>(_ elements: some Collection<Element>) -> (elements: [Element], next: JSON?) {
        let rest = elements.dropFirst(offset)
        return (Array(rest.prefix(limit)), rest.count > limit ? next : nil)
    }

    /// Returns the FNV-1a hash of the operation and its filters.
    private static func digest(_ call: AWSCall) -> UInt64 {
        let text =
            call.operation + String(decoding: call.input.without("NextToken", "MaxResults").encoded, as: UTF8.self)
        return text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

extension SageMakerService {
    /// Returns the jobs that a list operation asks for, and the token of the next page if there are more.
    ///
    /// - Parameters:
    ///   - order: The order to use if the request does not specify `SortBy`.
    ///   - isDescending: The direction to use if the request does not specify `SortOrder`.
    func jobs<Value: Job>(
        _ type: Value.Type,
        _ call: AWSCall,
        order: JobQuery.Order = .createdAt,
        isDescending: Bool
    ) async throws -> (jobs: [Value], next: JSON?) {
        let page = try Page(call)
        let input = call.input
        var query = JobQuery()
        query.nameContains = input["NameContains"]?.string
        query.createdAfter = input["CreationTimeAfter"]?.date
        query.createdBefore = min(input["CreationTimeBefore"]?.date ?? .distantFuture, page.time)
        query.modifiedAfter = input["LastModifiedTimeAfter"]?.date
        query.modifiedBefore = input["LastModifiedTimeBefore"]?.date
        if let status = input["StatusEquals"]?.string {
            guard let known = JobState.Status(rawValue: status) else { return ([], nil) }
            query.status = known
        }
        query.order =
            switch input["SortBy"]?.string {
            case "Name": .name
            case "Status": .status
            case "CreationTime": .createdAt
            default: order
            }
        query.isDescending = input["SortOrder"]?.string.map { $0 == "Descending" } ?? isDescending
        query.offset = page.offset
        query.limit = page.limit + 1
        let found = try await platform.catalog.jobs(type, query)
        return (Array(found.prefix(page.limit)), found.count > page.limit ? page.next : nil)
    }
}
