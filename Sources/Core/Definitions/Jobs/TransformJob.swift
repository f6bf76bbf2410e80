/// A user's definition of a job that runs a model on stored objects.
public struct TransformDefinition: Sendable, Hashable, Codable {
    /// How an object is split into records.
    public enum Split: String, Sendable, Hashable, Codable, CaseIterable {
        case none = "None"
        case line = "Line"
        case recordIO = "RecordIO"

        /// The default, which depends on the objects' content type.
        init(of input: DataChannel) {
            let isRecordIO = input.contentType?.hasPrefix("application/x-recordio-protobuf") ?? false
            self = isRecordIO ? .recordIO : .line
        }
    }

    /// How the records of the output are joined into an object.
    public enum Assembly: String, Sendable, Hashable, Codable, CaseIterable {
        case none = "None"
        case line = "Line"
    }

    /// How many records go into a request to the model.
    public enum Batching: String, Sendable, Hashable, Codable, CaseIterable {
        case multiRecord = "MultiRecord"
        case singleRecord = "SingleRecord"
    }

    /// What each record of the output is joined with.
    public enum Join: String, Sendable, Hashable, Codable, CaseIterable {
        case none = "None"
        case input = "Input"
    }

    /// The job's name, unique on the server.
    public var name: String
    public var model: ModelReference
    /// The model's workspace.
    public var workspace: String
    /// The objects at `s3://BUCKET/PREFIX`.
    public var input: DataChannel
    /// The `s3://BUCKET/PREFIX` for the `.out` object of each input.
    public var output: String
    public var split: Split
    public var assemble: Assembly
    public var batching: Batching
    /// The maximum size of a request in MiB; 0 for no limit.
    public var maxPayload: Int
    /// The maximum number of concurrent requests; 0 lets the server choose.
    public var maxConcurrent: Int
    /// The content type of the responses; `nil` for the model's default.
    public var accept: String?
    /// A JSONPath that selects the part of each record that the model gets.
    public var inputFilter: String?
    /// A JSONPath that selects the part of each (joined) record that is written.
    public var outputFilter: String?
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

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // The command generates a name.
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

/// The channel of a transform job. It needs no name, because there is only one.
private struct Input: Decodable {
    let channel: DataChannel

    init(from decoder: any Decoder) throws { channel = try DataChannel(from: decoder, defaultName: "input") }
}

/// A running or finished job that runs a model on stored objects.
public struct TransformJob: Sendable, Hashable, Codable {
    public struct Progress: Sendable, Hashable, Codable {
        /// The number of input objects.
        public var objects = 0
        /// The number of objects whose output is written.
        public var objectsDone = 0
        /// The size of all input objects in bytes.
        public var bytes = 0
        /// The number of bytes read so far.
        public var bytesDone = 0
        /// The number of records with a result.
        public var records = 0
        /// The number of records that the model rejected.
        public var recordsFailed = 0

        private enum CodingKeys: String, CodingKey {
            case objects, bytes, records
            case objectsDone = "objects_done"
            case bytesDone = "bytes_done"
            case recordsFailed = "records_failed"
        }

        public init() {}
    }

    public var definition: TransformDefinition
    public var state: JobState
    public var progress: Progress

    public init(definition: TransformDefinition, state: JobState) {
        self.definition = definition
        self.state = state
        progress = Progress()
    }
}
