package import Definitions
import Endpoints
package import Foundation
import Platform

/// What the native API shows of endpoints that only this API keeps.
extension SageMakerService {
    /// The name of the endpoint configuration that a definition was made from.
    package static func configuration(of definition: EndpointDefinition) -> String? {
        definition.sageMakerRequest?.configName
    }

    /// Returns endpoint configurations, newest first, and how many there are in all.
    ///
    /// - Parameters:
    ///   - search: A part of the name.
    ///   - page: The positions of those to return.
    package func configurations(
        containing search: String,
        _ page: Range<Int>
    ) async throws -> ([(name: String, definition: EndpointDefinition, createdAt: Date)], Int) {
        let found = try await platform.allRecorded(EndpointConfigRecord.self, .endpointConfig)
            .filter { search.isEmpty || $0.name.contains(search) }
            .sorted { ($1.createdAt, $0.name) < ($0.createdAt, $1.name) }
        var shown: [(name: String, definition: EndpointDefinition, createdAt: Date)] = []
        for config in found.dropFirst(page.lowerBound).prefix(page.count) {
            shown.append(
                (config.name, try await definition(of: config.value.request, named: config.name), config.createdAt)
            )
        }
        return (shown, found.count)
    }

    /// Deletes an endpoint and its tags.
    ///
    /// - Throws: ``EndpointRejection``.
    package func delete(endpoint name: String) async throws {
        let arn = try await endpoints.entry(named: name)?.record.sageMakerNote(arn: "").arn ?? ""
        try await endpoints.change(name, EndpointChange(.deletion, startedAt: Date()))
        try await removeTags(of: arn)
        await endpoints.settle(name, within: .seconds(2))
    }
}
