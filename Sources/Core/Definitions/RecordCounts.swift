/// How many things of each kind a server has.
public struct RecordCounts: Sendable, Hashable, Codable {
    public var pipelines: Int
    /// In all workspaces.
    public var models: Int
    public var endpoints: Int
    public var functions: Int
    public var buckets: Int
    public var assays: Int
    public var suites: Int
    public var loops: Int
    public var gates: Int

    public init(
        pipelines: Int,
        models: Int,
        endpoints: Int,
        functions: Int,
        buckets: Int,
        assays: Int,
        suites: Int,
        loops: Int,
        gates: Int
    ) {
        self.pipelines = pipelines
        self.models = models
        self.endpoints = endpoints
        self.functions = functions
        self.buckets = buckets
        self.assays = assays
        self.suites = suites
        self.loops = loops
        self.gates = gates
    }
}
