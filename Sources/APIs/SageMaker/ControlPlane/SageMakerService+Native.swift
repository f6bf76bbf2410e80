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

    /// Returns a page of the endpoint configurations, newest first, and how many there are on all pages.
    package func configurations(
        _ page: NamedPage
    ) async throws -> ([(name: String, definition: EndpointDefinition, createdAt: Date)], Int) {
        let (found, total) = try await platform.recorded(EndpointConfigRecord.self, .endpointConfig, page)
        var shown: [(name: String, definition: EndpointDefinition, createdAt: Date)] = []
        for config in found {
            shown.append(
                (config.name, try await definition(of: config.value.request, named: config.name), config.createdAt)
            )
        }
        return (shown, total)
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
