import AWS
import Definitions
import Endpoints

/// Changes of the concurrency of serverless variants that were made after their endpoint configuration.
struct ConcurrencyChanges: Codable, Sendable {
    /// The endpoint configuration whose variants were changed.
    var configName: String
    /// The `ServerlessUpdateConfig` of each variant.
    var variants: [String: JSON]
}

extension EndpointRequest {
    /// Returns a variant's `ServerlessConfig`; `nil` if the variant runs on instances.
    func serverlessConfig(of variant: String) -> JSON? {
        variants?.array?.first { $0["VariantName"]?.string == variant }?["ServerlessConfig"]
    }
}

extension EndpointRecord {
    /// Returns the `ServerlessConfig` of a variant that serves, with later changes; `nil` if the variant runs on instances.
    func serverlessConfig(of variant: String, _ note: EndpointNote) -> JSON? {
        guard let request = serving?.definition.sageMakerRequest, let config = request.serverlessConfig(of: variant)
        else { return nil }
        let changes = note.concurrencyChanges
        guard let changes, changes.configName == request.configName else { return config }
        return config.merging(changes.variants[variant]?.object ?? [:])
    }
}

extension SageMakerService {
    /// Checks the capacities in a request against how the variants run, and adds the changes of concurrency to the note.
    ///
    /// - Returns: Whether the note has changed.
    static func checkCapacities(_ wanted: [JSON], of record: EndpointRecord, _ note: inout EndpointNote) throws -> Bool
    {
        guard let request = record.serving?.definition.sageMakerRequest else { return false }
        var variants: [String: JSON] = [:]
        if let changes = note.concurrencyChanges, changes.configName == request.configName {
            variants = changes.variants
        }
        var hasChanged = false
        for capacity in wanted {
            let name = try capacity.required("VariantName")
            guard let config = request.serverlessConfig(of: name) else {
                guard capacity["ServerlessUpdateConfig"] == nil else {
                    throw AWSError.validation(
                        "Variant '\(name)' runs on instances, so it cannot have a ServerlessUpdateConfig."
                    )
                }
                continue
            }
            guard capacity["DesiredInstanceCount"] == nil else {
                throw AWSError.validation(
                    "Variant '\(name)' is serverless, so it cannot have a DesiredInstanceCount. Use ServerlessUpdateConfig."
                )
            }
            guard let update = capacity["ServerlessUpdateConfig"] else { continue }
            let all = (variants[name] ?? .object([:])).merging(update.object ?? [:])
            try checkConcurrency(config.merging(all.object ?? [:]), of: name)
            variants[name] = all
            hasChanged = true
        }
        if hasChanged {
            note.concurrencyChanges = ConcurrencyChanges(configName: request.configName, variants: variants)
        }
        return hasChanged
    }

    /// Checks that as many invocations are provisioned as may run at the same time, at most.
    static func checkConcurrency(_ config: JSON, of variant: String) throws {
        guard let provisioned = config["ProvisionedConcurrency"]?.number, let most = config["MaxConcurrency"]?.number,
            provisioned > most
        else { return }
        throw AWSError.validation(
            "The ProvisionedConcurrency of variant '\(variant)' must not be greater than its MaxConcurrency."
        )
    }
}
