public import Definitions
package import Platform

/// The operation that finds things by their names.
package struct NameOperations: OperationGroup {
    /// The most names of each kind.
    private static let limit = 100
    /// No name that can be found is longer.
    private static let textLimit = 128

    let platform: Platform

    package init(platform: Platform) { self.platform = platform }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/names",
            id: "findNames",
            "Find pipelines, models and other things by their names",
            query: [
                QueryParameter("search", .described("Part of the name, in any case.", .string())), .workspaces,
                QueryParameter("limit", .described("The most names of each kind.", .integer(min: 1, max: Self.limit))),
            ],
            returns: NameList.self
        ) { call in
            let text = call.query("search") ?? ""
            guard (1...Self.textLimit).contains(text.utf8.count) else {
                throw RoostError(
                    .invalidInput,
                    "'search' must be 1 to \(Self.textLimit) bytes long.",
                    field: "search"
                )
            }
            let limit = try call.number("limit", 1...Self.limit) ?? 10
            let workspace = call.workspaceFilter
            var names: [NameList.Found] = []
            for kind in NamedKind.allCases {
                names += try await platform.names(of: kind, containing: text, in: workspace, limit: limit).map {
                    NameList.Found(kind: kind, name: $0.name, workspace: $0.workspace)
                }
            }
            return NameList(names: names)
        }
    }
}

/// `GET /v1/names`.
public struct NameList: Sendable, Codable {
    public struct Found: Sendable, Hashable, Codable {
        public var kind: NamedKind
        public var name: String
        /// `nil` if things of this kind belong to no workspace.
        public var workspace: String?

        package init(kind: NamedKind, name: String, workspace: String?) {
            self.kind = kind
            self.name = name
            self.workspace = workspace
        }
    }

    /// By kind; those that begin with the text come first.
    public var names: [Found]

    package init(names: [Found]) { self.names = names }
}

extension NameList: WireType {
    package static let schema = Schema.object([
        "names": .list(
            .object(["kind": .choice(of: NamedKind.self), "name": .string()], optional: ["workspace": .name])
        )
    ])
}
