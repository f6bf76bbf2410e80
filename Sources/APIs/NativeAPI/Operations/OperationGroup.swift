/// The operations on a resource, with the services that they need.
package protocol OperationGroup: Sendable {
    @OperationList var operations: [APIOperation] { get }
}

/// Lets a group list its operations one after the other.
@resultBuilder
package enum OperationList {
    package static func buildBlock(_ operations: APIOperation...) -> [APIOperation] { operations }
}

extension [APIOperation] {
    /// Returns the methods of the operations whose path matches, which distinguishes 405 from 404.
    package func methods(matching path: String) -> [String] {
        filter { PathTemplate($0.path).parameters(of: path) != nil }.map(\.method.rawValue)
    }
}
