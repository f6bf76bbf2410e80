/// Where a model version comes from, as far as the server knows.
public struct Lineage: Sendable, Hashable, Codable {
    /// The job that made the artifact.
    public struct Job: Sendable, Hashable, Codable {
        public var kind: JobKind
        public var name: String
        /// The tuning job that the job was a trial of.
        public var tuningJob: String?

        private enum CodingKeys: String, CodingKey {
            case kind, name
            case tuningJob = "tuning_job"
        }

        public init(kind: JobKind, name: String, tuningJob: String? = nil) {
            self.kind = kind
            self.name = name
            self.tuningJob = tuningJob
        }
    }

    /// `nil` if no job of this server made the artifact.
    public var job: Job?
    /// The data of the job, by channel; empty if the job recorded none.
    public var data: [DataDigest]
    /// The version of which this one is the successor: the newest one of the model when this one was uploaded, or what the upload
    /// named; `nil` for the first.
    public var parent: ModelReference?
    /// Who uploaded the version, as the client said.
    public var by: String?

    public init(job: Job? = nil, data: [DataDigest] = [], parent: ModelReference? = nil, by: String? = nil) {
        self.job = job
        self.data = data
        self.parent = parent
        self.by = by
    }

    package var isEmpty: Bool { self == Lineage() }
}

/// The data that a job read from a channel.
public struct DataDigest: Sendable, Hashable, Codable {
    public var channel: String
    /// The URI of the channel.
    public var uri: String
    /// The hexadecimal SHA-256 of a list of the objects in the order of their keys: for each, the hexadecimal SHA-256 of its bytes,
    /// two spaces, its key, and a zero byte, which is what `sha256sum --zero` prints.
    public var sha256: String
    /// The number of objects.
    public var objects: Int

    public init(channel: String, uri: String, sha256: String, objects: Int) {
        self.channel = channel
        self.uri = uri
        self.sha256 = sha256
        self.objects = objects
    }
}

/// What an upload says about the origin of a model version.
package struct UploadOrigin: Sendable {
    /// The training job whose artifact it is; `nil` to find it by the digest.
    package var job: String?
    /// The version of which the new one is the successor; `nil` for the newest one of the model.
    package var parent: ModelReference?
    /// Who uploads it, as the client says.
    package var by: String?

    package init(job: String? = nil, parent: ModelReference? = nil, by: String? = nil) {
        self.job = job
        self.parent = parent
        self.by = by
    }
}
