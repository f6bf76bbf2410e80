import AWS
import Definitions
import Foundation
import Jobs
import Platform

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
        let found = try await self.jobs.jobs(type, query)
        return (Array(found.prefix(page.limit)), found.count > page.limit ? page.next : nil)
    }
}
