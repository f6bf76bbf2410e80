import AWS
import Foundation

/// One entry of a list operation of resources that are not jobs.
struct ListedResource {
    let name: String
    let createdAt: Date
    let modifiedAt: Date
    var status = ""
    /// When a run of a schedule was due.
    var scheduledAt: Date?
    let summary: JSON

    /// Returns the requested page: filtered by name and time and sorted, newest first by default.
    ///
    /// - Parameter member: The member of the response that holds the summaries.
    static func page(_ call: AWSCall, _ resources: [ListedResource], as member: String) throws -> JSON {
        let page = try Page(call)
        let input = call.input
        func isWanted(_ resource: ListedResource) -> Bool {
            if let part = input["NameContains"]?.string, !resource.name.contains(part) { return false }
            if let after = input["CreationTimeAfter"]?.date, resource.createdAt < after { return false }
            if let before = input["CreationTimeBefore"]?.date, resource.createdAt > before { return false }
            if let after = input["LastModifiedTimeAfter"]?.date, resource.modifiedAt < after { return false }
            if let before = input["LastModifiedTimeBefore"]?.date, resource.modifiedAt > before { return false }
            return true
        }
        var wanted = resources.filter(isWanted).sorted { first, second in
            switch input["SortBy"]?.string {
            case "Name": first.name < second.name
            case "Status": (first.status, first.name) < (second.status, second.name)
            case "ScheduledTime":
                (first.scheduledAt ?? first.createdAt, first.name)
                    < (second.scheduledAt ?? second.createdAt, second.name)
            default: (first.createdAt, first.name) < (second.createdAt, second.name)
            }
        }
        if input["SortOrder"]?.string != "Ascending" { wanted.reverse() }
        let (found, next) = page.cut(wanted)
        return .members([member: .array(found.map(\.summary)), "NextToken": next])
    }
}
