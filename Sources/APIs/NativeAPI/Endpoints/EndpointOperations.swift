package import Definitions
package import Endpoints
package import Foundation

/// The operations on the endpoints of SageMaker's API.
package struct EndpointOperations: OperationGroup {
    /// What SageMaker's API keeps with endpoints, and beside them.
    package struct Dialect: Sendable {
        package typealias Configuration = (name: String, definition: EndpointDefinition, createdAt: Date)

        /// Returns the name of the endpoint configuration that a definition was made from.
        let configuration: @Sendable (EndpointDefinition) -> String?
        /// Returns a page of the endpoint configurations, newest first, and how many there are in all.
        let configurations: @Sendable (NamedPage) async throws -> ([Configuration], Int)
        /// Returns the endpoint configuration with a name; `nil` if there is none.
        let configurationNamed: @Sendable (String) async throws -> Configuration?
        /// Deletes an endpoint configuration, and what is kept with it. Returns `false` if there is none.
        let deleteConfiguration: @Sendable (String) async throws -> Bool
        /// Deletes an endpoint, and what is kept with it.
        let delete: @Sendable (String) async throws -> Void

        package init(
            configuration: @escaping @Sendable (EndpointDefinition) -> String?,
            configurations: @escaping @Sendable (NamedPage) async throws -> ([Configuration], Int),
            configurationNamed: @escaping @Sendable (String) async throws -> Configuration?,
            deleteConfiguration: @escaping @Sendable (String) async throws -> Bool,
            delete: @escaping @Sendable (String) async throws -> Void
        ) {
            self.configuration = configuration
            self.configurations = configurations
            self.configurationNamed = configurationNamed
            self.deleteConfiguration = deleteConfiguration
            self.delete = delete
        }
    }

    let endpoints: EndpointService
    let dialect: Dialect

    package init(endpoints: EndpointService, dialect: Dialect) {
        self.endpoints = endpoints
        self.dialect = dialect
    }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/endpoints",
            id: "listEndpoints",
            "List endpoints, by name",
            query: .page,
            returns: EndpointList.self,
            handler: list
        )

        APIOperation(
            .get,
            "/v1/endpoints/{endpoint}",
            id: "getEndpoint",
            "Get an endpoint: its state, and the variants that serve",
            returns: Endpoint.self
        ) { call in
            let name = try call.parameter("endpoint")
            guard let entry = try await endpoints.entry(named: name) else { throw Self.missing(name) }
            return Endpoint(name, entry, configuration: dialect.configuration)
        }

        APIOperation(
            .delete,
            "/v1/endpoints/{endpoint}",
            id: "deleteEndpoint",
            "Delete an endpoint; its configurations and models stay",
            returns: Endpoint.self,
            status: .accepted,
            handler: delete
        )

        APIOperation(
            .get,
            "/v1/endpoint-configurations",
            id: "listEndpointConfigurations",
            "List endpoint configurations, newest first",
            query: .page,
            returns: EndpointConfigurationList.self
        ) { call in
            let (found, total) = try await dialect.configurations(try Self.page(call))
            return EndpointConfigurationList(
                configurations: found.map { EndpointConfiguration($0.name, $0.definition, createdAt: $0.createdAt) },
                total: total
            )
        }

        APIOperation(
            .get,
            "/v1/endpoint-configurations/{configuration}",
            id: "getEndpointConfiguration",
            "Get an endpoint configuration",
            returns: EndpointConfiguration.self
        ) { try await configuration($0) }

        APIOperation(
            .delete,
            "/v1/endpoint-configurations/{configuration}",
            id: "deleteEndpointConfiguration",
            "Delete an endpoint configuration; endpoints that serve it keep serving",
            returns: EndpointConfiguration.self
        ) { call in
            let found = try await configuration(call)
            guard try await dialect.deleteConfiguration(found.name) else {
                throw Self.missing(configuration: found.name)
            }
            return found
        }
    }

    private func configuration(_ call: Call) async throws -> EndpointConfiguration {
        let name = try call.parameter("configuration")
        guard let found = try await dialect.configurationNamed(name) else { throw Self.missing(configuration: name) }
        return EndpointConfiguration(found.name, found.definition, createdAt: found.createdAt)
    }

    private static func missing(configuration name: String) -> RoostError {
        RoostError(.notFound, "Endpoint configuration '\(name.prefix(80))' does not exist.", field: "configuration")
    }

    private static func page(_ call: Call) throws(RoostError) -> NamedPage { try call.page() ?? NamedPage(limit: 100) }

    private func list(_ call: Call) async throws -> EndpointList {
        let all = try await endpoints.all().sorted { $0.name < $1.name }
        let (found, total) = try Self.page(call).part(of: all, by: \.name)
        return EndpointList(
            endpoints: found.map { Endpoint($0.name, $0.entry, configuration: dialect.configuration) },
            total: total
        )
    }

    private func delete(_ call: Call) async throws -> Endpoint {
        let name = try call.parameter("endpoint")
        guard let before = try await endpoints.entry(named: name) else { throw Self.missing(name) }
        do {
            try await dialect.delete(name)
        } catch EndpointRejection.inProgress {
            throw RoostError(
                .conflict,
                "Endpoint '\(name)' is being changed. It can be deleted when the change has ended.",
                field: "endpoint"
            )
        } catch EndpointRejection.missing {
            throw Self.missing(name)
        }
        // It is usually gone by now.
        var endpoint = Endpoint(name, before, configuration: dialect.configuration)
        endpoint.status = .deleting
        return endpoint
    }

    private static func missing(_ name: String) -> RoostError {
        RoostError(.notFound, "Endpoint '\(name.prefix(80))' does not exist.", field: "endpoint")
    }
}
