/// What a user declares to run a model over stored objects.
public struct TransformDefinition: Sendable, Hashable, Codable {
    /// How an object is cut into records.
    public enum Split: String, Sendable, Hashable, Codable, CaseIterable {
        case none = "None"
        case line = "Line"
        case recordIO = "RecordIO"

        /// How objects are cut of which nothing else is said: by what they are.
        init(of input: DataChannel) {
            let isRecordIO = input.contentType?.hasPrefix("application/x-recordio-protobuf") ?? false
            self = isRecordIO ? .recordIO : .line
        }
    }

    /// How the records of the output are put together.
    public enum Assembly: String, Sendable, Hashable, Codable, CaseIterable {
        case none = "None"
        case line = "Line"
    }

    /// How many records a request to the model has.
    public enum Batching: String, Sendable, Hashable, Codable, CaseIterable {
        case multiRecord = "MultiRecord"
        case singleRecord = "SingleRecord"
    }

    /// What a record of the output is joined with.
    public enum Join: String, Sendable, Hashable, Codable, CaseIterable {
        case none = "None"
        case input = "Input"
    }

    /// The job's name, unique on a server.
    public var name: String
    /// The model, in the workspace.
    public var model: ModelReference
    /// The model's workspace.
    public var workspace: String
    /// `s3://BUCKET/PREFIX` of the input.
    public var input: DataChannel
    /// `s3://BUCKET/PREFIX` that each input's `.out` object goes under.
    public var output: String
    /// How an object is cut into records.
    public var split: Split
    /// How the records of the output are put together.
    public var assemble: Assembly
    /// How many records a request to the model has.
    public var batching: Batching
    /// The most bytes of a request, in MiB; 0 for no bound.
    public var maxPayload: Int
    /// Requests that may run at once; 0 leaves it to the server.
    public var maxConcurrent: Int
    /// The content type of the answer; `nil` for the model's default.
    public var accept: String?
    /// JSONPath of what the model gets of each record.
    public var inputFilter: String?
    /// JSONPath of what is written of each (joined) record.
    public var outputFilter: String?
    /// What a record of the output is joined with.
    public var join: Join
    /// Environment variables of the model's process.
    public var environment: [String: String]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, model, workspace, input, output, split, assemble, batching, accept, join, environment
        case maxPayload = "max_payload"
        case maxConcurrent = "max_concurrent"
        case inputFilter = "input_filter"
        case outputFilter = "output_filter"
    }

    /// One made of these parts.
    public init(name: String, model: ModelReference, workspace: String, input: DataChannel, output: String) {
        self.name = name
        self.model = model
        self.workspace = workspace
        self.input = input
        self.output = output
        split = Split(of: input)
        assemble = .line
        batching = .multiRecord
        maxPayload = 6
        maxConcurrent = 0
        join = .none
        environment = [:]
    }

    /// Reads it; a field that is not known is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // The command makes one up.
        name = try container.decodeIfPresent(String.self, forKey: .name) ?? ""
        model = try container.decode(ModelReference.self, forKey: .model)
        workspace = try container.decodeIfPresent(String.self, forKey: .workspace) ?? Workspace.defaultName
        input = try container.decode(Input.self, forKey: .input).channel
        output = try container.decode(String.self, forKey: .output)
        split = try container.decodeIfPresent(Split.self, forKey: .split) ?? Split(of: input)
        assemble = try container.decodeIfPresent(Assembly.self, forKey: .assemble) ?? .line
        batching = try container.decodeIfPresent(Batching.self, forKey: .batching) ?? .multiRecord
        maxPayload = try container.decodeIfPresent(Int.self, forKey: .maxPayload) ?? 6
        maxConcurrent = try container.decodeIfPresent(Int.self, forKey: .maxConcurrent) ?? 0
        accept = try container.decodeIfPresent(String.self, forKey: .accept)
        inputFilter = try container.decodeIfPresent(String.self, forKey: .inputFilter)
        outputFilter = try container.decodeIfPresent(String.self, forKey: .outputFilter)
        join = try container.decodeIfPresent(Join.self, forKey: .join) ?? .none
        environment = try container.decodeIfPresent([String: String].self, forKey: .environment) ?? [:]
    }
}

/// The channel of a transform job, which needs no name: there is one only.
private struct Input: Decodable {
    let channel: DataChannel

    init(from decoder: any Decoder) throws { channel = try DataChannel(from: decoder, defaultName: "input") }
}

/// A model being run over stored objects, or how that ended.
public struct TransformJob: Sendable, Hashable, Codable {
    /// How far it is.
    public struct Progress: Sendable, Hashable, Codable {
        /// Objects in all.
        public var objects = 0
        /// Objects that are written.
        public var objectsDone = 0
        /// Bytes of all objects.
        public var bytes = 0
        /// Bytes that are read.
        public var bytesDone = 0
        /// Records that were answered.
        public var records = 0
        /// Records that the model refused.
        public var recordsFailed = 0

        private enum CodingKeys: String, CodingKey {
            case objects, bytes, records
            case objectsDone = "objects_done"
            case bytesDone = "bytes_done"
            case recordsFailed = "records_failed"
        }

        /// Nothing done yet.
        public init() {}
    }

    /// What was asked for.
    public var definition: TransformDefinition
    /// Where it stands.
    public var state: JobState
    /// How far it is.
    public var progress: Progress

    /// One made of these parts.
    public init(definition: TransformDefinition, state: JobState) {
        self.definition = definition
        self.state = state
        progress = Progress()
    }
}
