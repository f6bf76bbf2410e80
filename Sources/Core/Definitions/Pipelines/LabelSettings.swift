/// What a pipeline's labels are, and which output they are compared with.
public struct LabelSettings: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// A class: a whole number, a Boolean or a string.
        case `class`
        /// An amount, such as a price or the revenue.
        case number
        case text
    }

    /// `nil` if every label may have a type of its own.
    public var kind: Kind?
    /// The output that is the prediction: `outputs[0][0]` for one score or number, `outputs[0]` for one score for each class.
    ///
    /// `nil` for the first output.
    public var prediction: String?
    /// From which score a prediction counts as positive; `nil` for 0.5.
    public var threshold: Double?
    /// How many hours a label waits for its inference; `nil` for 7 days. Then it is dropped.
    public var waitHours: Double?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case kind = "type"
        case prediction, threshold
        case waitHours = "wait_hours"
    }

    public init(
        kind: Kind? = nil,
        prediction: String? = nil,
        threshold: Double? = nil,
        waitHours: Double? = nil
    ) {
        self.kind = kind
        self.prediction = prediction
        self.threshold = threshold
        self.waitHours = waitHours
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        kind = try container.decodeIfPresent(Kind.self, forKey: .kind)
        prediction = try container.decodeIfPresent(String.self, forKey: .prediction)
        threshold = try container.decodeIfPresent(Double.self, forKey: .threshold)
        waitHours = try container.decodeIfPresent(Double.self, forKey: .waitHours)
    }
}
