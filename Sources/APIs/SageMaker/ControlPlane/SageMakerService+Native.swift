package import Definitions
import Endpoints
package import Foundation
import Platform

/// What the native API shows of endpoints that only this API keeps.
extension SageMakerService {
    /// An endpoint configuration as the native API shows it.
    package typealias NamedConfiguration = (name: String, definition: EndpointDefinition, createdAt: Date)

    /// The name of the endpoint configuration that a definition was made from.
    package static func configuration(of definition: EndpointDefinition) -> String? {
        definition.sageMakerRequest?.configName
    }

    /// Returns a page of the endpoint configurations, newest first, and how many there are on all pages.
    package func configurations(
        _ page: NamedPage
    ) async throws -> ([NamedConfiguration], Int) {
        let (found, total) = try await platform.recorded(EndpointConfigRecord.self, .endpointConfig, page)
        var shown: [NamedConfiguration] = []
        for config in found { shown.append(try await translated(config)) }
        return (shown, total)
    }

    /// Returns the endpoint configuration with a name; `nil` if there is none.
    package func configuration(named name: String) async throws -> NamedConfiguration? {
        guard let config = try await platform.recorded(EndpointConfigRecord.self, .endpointConfig, name) else {
            return nil
        }
        return try await translated(config)
    }

    private func translated(_ config: Recorded<EndpointConfigRecord>) async throws -> NamedConfiguration {
        (config.name, try await definition(of: config.value.request, named: config.name), config.createdAt)
    }

    /// Deletes an endpoint configuration and its tags. Endpoints that serve it keep serving.
    ///
    /// - Returns: `false` if there is none with that name.
    package func delete(configuration name: String) async throws -> Bool {
        guard try await platform.removeRecord(.endpointConfig, name) else { return false }
        try await removeTags(of: ResourceName(kind: "endpoint-config", name: name))
        return true
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
