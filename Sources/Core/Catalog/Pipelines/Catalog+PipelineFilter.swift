import Database
import Definitions

extension Catalog {
    /// Returns the condition that a record with a column `pipeline` belongs to one of the pipelines of a list.
    ///
    /// - Throws: ``RoostError`` with code `notFound` if there is no such workspace.
    static func condition(
        _ filter: PipelineFilter,
        _ connection: Connection
    ) throws -> (condition: String, arguments: [any SQLValue]) {
        var conditions = ["1 = 1"]
        var arguments: [any SQLValue] = []
        if let pipeline = filter.pipeline {
            conditions.append("pipeline = ?")
            arguments.append(pipeline)
        }
        if let workspace = filter.workspace {
            conditions.append("pipeline IN (SELECT name FROM pipeline WHERE workspace_id = ?)")
            arguments.append(try workspaceID(workspace, connection))
        }
        return (conditions.joined(separator: " AND "), arguments)
    }
}
