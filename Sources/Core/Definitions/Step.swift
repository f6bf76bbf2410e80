/// One stage of a pipeline.
public enum Step: Sendable, Hashable, Codable {
    case model(ModelReference)
    case randomSplit(RandomSplit)
    case keySplit(KeySplit)
    case shadowDeploy(ShadowDeploy)

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case model
        case randomSplit = "random_split"
        case keySplit = "key_split"
        case shadowDeploy = "shadow_deploy"
    }

    /// Reads it; a field that is not known is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let key = container.allKeys.first, container.allKeys.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "a step has exactly one of model, random_split, key_split and shadow_deploy"
                )
            )
        }
        self =
            switch key {
            case .model: .model(try container.decode(ModelReference.self, forKey: key))
            case .randomSplit: .randomSplit(try container.decode(RandomSplit.self, forKey: key))
            case .keySplit: .keySplit(try container.decode(KeySplit.self, forKey: key))
            case .shadowDeploy: .shadowDeploy(try container.decode(ShadowDeploy.self, forKey: key))
            }
    }

    /// Writes the form that `init(from:)` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .model(let model): try container.encode(model, forKey: .model)
        case .randomSplit(let split): try container.encode(split, forKey: .randomSplit)
        case .keySplit(let split): try container.encode(split, forKey: .keySplit)
        case .shadowDeploy(let shadow): try container.encode(shadow, forKey: .shadowDeploy)
        }
    }

    /// The models of the step; first the one that a reader would name the step by.
    public var models: [ModelReference] {
        switch self {
        case .model(let model): [model]
        case .randomSplit(let split): split.models.map(\.model)
        case .keySplit(let split): [split.defaultModel] + split.models.sorted { $0.key < $1.key }.map(\.value)
        case .shadowDeploy(let shadow): [shadow.champion] + shadow.challengers
        }
    }

    /// The same step with each reference replaced.
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
        }
    }
}

/// A weighted choice of one model a request; the same value of the hash key always gets the same model.
public struct RandomSplit: Sendable, Hashable, Codable {
    /// A model and its share of the requests: its weight among the sum of all.
    public struct Choice: Sendable, Hashable, Codable {
        /// What it answers under and is logged as; `nil` for the model's own name.
        ///
        /// Where a split is a pipeline's only step and all its choices have names, their models may take and answer different
        /// things: the choice is made before the request is read.
        public var name: String?
        /// The model's name or version.
        public var model: ModelReference
        /// Its share, 0 or more.
        public var weight: Double

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case name, model, weight
        }

        /// One made of these parts.
        public init(model: ModelReference, weight: Double, name: String? = nil) {
            self.name = name
            self.model = model
            self.weight = weight
        }

        /// Reads it; a field that is not known is an error.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            name = try container.decodeIfPresent(String.self, forKey: .name)
            model = try container.decode(ModelReference.self, forKey: .model)
            weight = try container.decode(Double.self, forKey: .weight)
        }

        /// Writes a whole weight as a whole number: YAML would show `2e+0`.
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

    /// The name of the key whose value decides; `nil` leaves each request to chance.
    public var hashKey: String?
    /// The models that take part.
    public var models: [Choice]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case hashKey = "hash_key"
        case models
    }

    /// One made of these parts.
    public init(models: [Choice], hashKey: String? = nil) {
        self.models = models
        self.hashKey = hashKey
    }

    /// Reads it; a field that is not known is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        hashKey = try container.decodeIfPresent(String.self, forKey: .hashKey)
        models = try container.decode([Choice].self, forKey: .models)
    }
}

/// The value of a key names the model.
public struct KeySplit: Sendable, Hashable, Codable {
    /// The name of the key.
    public var key: String
    /// The model for every value that `models` does not have, and for requests without the key.
    public var defaultModel: ModelReference
    /// The models that take part.
    public var models: [String: ModelReference]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key
        case defaultModel = "default"
        case models
    }

    /// One made of these parts.
    public init(key: String, defaultModel: ModelReference, models: [String: ModelReference]) {
        self.key = key
        self.defaultModel = defaultModel
        self.models = models
    }

    /// Reads it; a field that is not known is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        key = try container.decode(String.self, forKey: .key)
        defaultModel = try container.decode(ModelReference.self, forKey: .defaultModel)
        models = try container.decode([String: ModelReference].self, forKey: .models)
    }
}

/// Champion and challengers all run; only the champion's output is the answer.
public struct ShadowDeploy: Sendable, Hashable, Codable {
    /// The model that answers.
    public var champion: ModelReference
    /// The models that are compared with the champion.
    public var challengers: [ModelReference]
    /// The part of the requests that the challengers get too, more than 0 and up to 1; `nil` for all.
    public var share: Double?
    /// What the models answer under and are logged as, the champion's first; `nil` for their own names.
    public var names: [String]?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case champion, challengers, share, names
    }

    /// One made of these parts.
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

    /// Reads it; a field that is not known is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        champion = try container.decode(ModelReference.self, forKey: .champion)
        challengers = try container.decode([ModelReference].self, forKey: .challengers)
        share = try container.decodeIfPresent(Double.self, forKey: .share)
        names = try container.decodeIfPresent([String].self, forKey: .names)
    }
}
