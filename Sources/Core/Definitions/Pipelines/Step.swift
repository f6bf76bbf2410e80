/// One stage of a pipeline.
public enum Step: Sendable, Hashable, Codable {
    case model(ModelReference)
    case randomSplit(RandomSplit)
    case keySplit(KeySplit)
    case shadowDeploy(ShadowDeploy)
    /// A function before the models or after them.
    case function(FunctionStep)

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case model
        case randomSplit = "random_split"
        case keySplit = "key_split"
        case shadowDeploy = "shadow_deploy"
        case function
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let key = container.allKeys.first, container.allKeys.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription:
                        "a step must have exactly one of: model, random_split, key_split, shadow_deploy, function"
                )
            )
        }
        self =
            switch key {
            case .model: .model(try container.decode(ModelReference.self, forKey: key))
            case .randomSplit: .randomSplit(try container.decode(RandomSplit.self, forKey: key))
            case .keySplit: .keySplit(try container.decode(KeySplit.self, forKey: key))
            case .shadowDeploy: .shadowDeploy(try container.decode(ShadowDeploy.self, forKey: key))
            case .function: .function(try container.decode(FunctionStep.self, forKey: key))
            }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .model(let model): try container.encode(model, forKey: .model)
        case .randomSplit(let split): try container.encode(split, forKey: .randomSplit)
        case .keySplit(let split): try container.encode(split, forKey: .keySplit)
        case .shadowDeploy(let shadow): try container.encode(shadow, forKey: .shadowDeploy)
        case .function(let function): try container.encode(function, forKey: .function)
        }
    }

    /// The models of the step. The first is the model that represents the step.
    public var models: [ModelReference] {
        switch self {
        case .model(let model): [model]
        case .randomSplit(let split): split.models.map(\.model)
        case .keySplit(let split): [split.defaultModel] + split.models.sorted { $0.key < $1.key }.map(\.value)
        case .shadowDeploy(let shadow): [shadow.champion] + shadow.challengers
        case .function: []
        }
    }

    /// Returns the same step with each reference replaced.
    public func mapModels<Failure: Error>(
        _ transform: (ModelReference) throws(Failure) -> ModelReference
    ) throws(Failure) -> Step {
        switch self {
        case .model(let model): return .model(try transform(model))
        case .randomSplit(var split):
            for index in split.models.indices { split.models[index].model = try transform(split.models[index].model) }
            return .randomSplit(split)
        case .keySplit(var split):
            split.defaultModel = try transform(split.defaultModel)
            for (key, model) in split.models.sorted(by: { $0.key < $1.key }) {
                split.models[key] = try transform(model)
            }
            return .keySplit(split)
        case .shadowDeploy(var shadow):
            shadow.champion = try transform(shadow.champion)
            for index in shadow.challengers.indices {
                shadow.challengers[index] = try transform(shadow.challengers[index])
            }
            return .shadowDeploy(shadow)
        case .function: return self
        }
    }
}

/// Chooses one model for each request by weight. The same value of the hash key always gets the same model.
public struct RandomSplit: Sendable, Hashable, Codable {
    /// A model and its share of the requests: its weight divided by the sum of all weights.
    public struct Choice: Sendable, Hashable, Codable {
        /// The name in responses and logs; `nil` for the model's name.
        ///
        /// If a split is a pipeline's only step and all its choices have names, their models may have different inputs and
        /// outputs, because the choice is made before the request is read.
        public var name: String?
        public var model: ModelReference
        /// 0 or more.
        public var weight: Double

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case name, model, weight
        }

        public init(model: ModelReference, weight: Double, name: String? = nil) {
            self.name = name
            self.model = model
            self.weight = weight
        }

        /// Decodes strictly: an unknown field is an error.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            name = try container.decodeIfPresent(String.self, forKey: .name)
            model = try container.decode(ModelReference.self, forKey: .model)
            weight = try container.decode(Double.self, forKey: .weight)
        }

        /// Encodes a whole weight as an integer, because YAML would show `2e+0`.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encodeIfPresent(name, forKey: .name)
            try container.encode(model, forKey: .model)
            if let whole = Int(exactly: weight) {
                try container.encode(whole, forKey: .weight)
            } else {
                try container.encode(weight, forKey: .weight)
            }
        }
    }

    /// The name of the key whose value determines the choice; `nil` for a random choice.
    public var hashKey: String?
    public var models: [Choice]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case hashKey = "hash_key"
        case models
    }

    public init(models: [Choice], hashKey: String? = nil) {
        self.models = models
        self.hashKey = hashKey
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        hashKey = try container.decodeIfPresent(String.self, forKey: .hashKey)
        models = try container.decode([Choice].self, forKey: .models)
    }
}

/// Chooses the model by the value of a key.
public struct KeySplit: Sendable, Hashable, Codable {
    /// The name of the key.
    public var key: String
    /// The model for values that are not in `models`, and for requests without the key.
    public var defaultModel: ModelReference
    /// The model for each value of the key.
    public var models: [String: ModelReference]
    /// The probability of each value of the key, if the callers choose it at random; the other values have the rest.
    ///
    /// `nil` if the key is not random, so that the models cannot be compared as in an experiment.
    public var shares: [String: Double]?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key
        case defaultModel = "default"
        case models, shares
    }

    public init(
        key: String,
        defaultModel: ModelReference,
        models: [String: ModelReference],
        shares: [String: Double]? = nil
    ) {
        self.key = key
        self.defaultModel = defaultModel
        self.models = models
        self.shares = shares
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        key = try container.decode(String.self, forKey: .key)
        defaultModel = try container.decode(ModelReference.self, forKey: .defaultModel)
        models = try container.decode([String: ModelReference].self, forKey: .models)
        shares = try container.decodeIfPresent([String: Double].self, forKey: .shares)
    }
}

/// Runs the champion and the challengers, and returns only the champion's outputs.
public struct ShadowDeploy: Sendable, Hashable, Codable {
    /// The model that answers.
    public var champion: ModelReference
    /// The models that are compared with the champion.
    public var challengers: [ModelReference]
    /// The share of the requests that also go to the challengers, more than 0 and at most 1; `nil` for all requests.
    public var share: Double?
    /// The names in responses and logs, the champion's first; `nil` for the models' names.
    public var names: [String]?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case champion, challengers, share, names
    }

    public init(
        champion: ModelReference,
        challengers: [ModelReference],
        share: Double? = nil,
        names: [String]? = nil
    ) {
        self.champion = champion
        self.challengers = challengers
        self.share = share
        self.names = names
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        champion = try container.decode(ModelReference.self, forKey: .champion)
        challengers = try container.decode([ModelReference].self, forKey: .challengers)
        share = try container.decodeIfPresent(Double.self, forKey: .share)
        names = try container.decodeIfPresent([String].self, forKey: .names)
    }
}
