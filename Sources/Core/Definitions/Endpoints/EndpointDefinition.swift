/// An endpoint: variants that share its traffic, or one variant and shadows of it.
package struct EndpointDefinition: Codable, Sendable, Equatable {
    /// A production or shadow variant: a model version and its share of the traffic.
    package struct Variant: Codable, Sendable, Equatable {
        package var name: String
        package var model: ModelReference
        /// Why the model cannot be served; a change to such a variant fails with it.
        package var problem: String?
        /// Relative to the other variants' weights. Of a shadow: to the production variant's.
        package var weight: Double
        package var instanceCount: Int?
        package var instanceType: String?
        /// The container image that the model is made for.
        package var image: String?

        package init(name: String, model: ModelReference, weight: Double) {
            self.name = name
            self.model = model
            self.weight = weight
        }
    }

    /// The workspace of the models.
    package var workspace: String
    package var variants: [Variant]
    package var shadows: [Variant]
    package var capture: CaptureDefinition?
    /// The request of the API that asked for it. Only that API reads it.
    package var request: String?

    package init(workspace: String, variants: [Variant], shadows: [Variant] = []) {
        self.workspace = workspace
        self.variants = variants
        self.shadows = shadows
    }

    /// How many instances the variants ask for. An instance is a unit of ``RolloutPlan`` only.
    package var instanceCount: Int {
        // A record of an earlier release may have any number.
        variants.reduce(0) { $0 + min($1.instanceCount ?? 1, 1 << 53) }
    }

    /// The one step of the endpoint's pipeline.
    package var step: Step {
        guard let first = variants.first, !shadows.isEmpty else {
            return .randomSplit(RandomSplit(models: variants.map { $0.choice(weight: $0.weight) }))
        }
        // A shadow's share of the requests is its weight relative to the production variant's.
        let share = first.weight > 0 ? min(1, (shadows.first?.weight ?? 1) / first.weight) : 1
        return .shadowDeploy(
            ShadowDeploy(
                champion: first.model,
                challengers: shadows.map(\.model),
                share: share < 1 ? share : nil,
                names: [first.name] + shadows.map(\.name)
            )
        )
    }

    /// The step that answers while traffic moves to another definition.
    ///
    /// - Parameter share: The share of requests for the new definition's variants, which follow this one's.
    package func step(towards new: EndpointDefinition, share: Double) -> Step {
        func choices(_ definition: EndpointDefinition, _ part: Double) -> [RandomSplit.Choice] {
            let total = definition.variants.reduce(0) { $0 + $1.weight }
            return definition.variants.map { $0.choice(weight: total > 0 ? $0.weight / total * part : 0) }
        }
        return .randomSplit(RandomSplit(models: choices(self, 1 - share) + choices(new, share)))
    }
}

extension EndpointDefinition.Variant {
    fileprivate func choice(weight: Double) -> RandomSplit.Choice {
        RandomSplit.Choice(model: model, weight: weight, name: name)
    }
}

/// Which requests and responses of an endpoint are stored in a bucket.
package struct CaptureDefinition: Codable, Sendable, Equatable {
    package var isEnabled: Bool
    /// The URI of a bucket, with or without a prefix of keys.
    package var destination: String
    /// The share of invocations that are stored, 0 to 100.
    package var percentage: Int
    package var keepsInput: Bool
    package var keepsOutput: Bool
    /// Content types that are stored as strings of CSV or of JSON. All others are stored in base64.
    package var csvTypes: Set<String>
    package var jsonTypes: Set<String>

    package init(
        isEnabled: Bool,
        destination: String,
        percentage: Int,
        keepsInput: Bool,
        keepsOutput: Bool,
        csvTypes: Set<String>,
        jsonTypes: Set<String>
    ) {
        self.isEnabled = isEnabled
        self.destination = destination
        self.percentage = percentage
        self.keepsInput = keepsInput
        self.keepsOutput = keepsOutput
        self.csvTypes = csvTypes
        self.jsonTypes = jsonTypes
    }
}
