import Definitions
import NativeAPI
import Words

/// The pages on a topic, and what people can do there.
protocol PageGroup: Sendable {
    @ListBuilder<Page> var pages: [Page] { get }
    @ListBuilder<Action> var actions: [Action] { get }
    @ListBuilder<Feed> var feeds: [Feed] { get }
}

extension PageGroup {
    var actions: [Action] { [] }
    var feeds: [Feed] { [] }
}

/// Lets a group list its pages one after the other.
@resultBuilder
enum ListBuilder<Value> {
    static func buildBlock(_ values: Value...) -> [Value] { values }
}

/// A page that shows something, and changes nothing.
struct Page: Sendable {
    /// `{name}` stands for one segment.
    let path: PathTemplate
    /// Whether the page has a form whose answer it shows itself, such as a test request.
    let takesForm: Bool
    let render: @Sendable (PageRequest) async throws -> PageContent

    init(
        _ path: String,
        takesForm: Bool = false,
        render: @escaping @Sendable (PageRequest) async throws -> PageContent
    ) {
        self.path = PathTemplate(path)
        self.takesForm = takesForm
        self.render = render
    }
}

/// A request to a page, with the parameters of its path.
struct PageRequest: Sendable {
    let request: ConsoleRequest
    private let parameters: [String: String]
    /// The choice of the session; empty for all workspaces.
    private let chosenWorkspace: String

    /// - Parameter workspace: The choice of the session, which exists; empty for all workspaces.
    init(_ request: ConsoleRequest, _ parameters: [String: String], workspace: String) {
        self.request = request
        self.parameters = parameters
        chosenWorkspace = workspace
    }

    /// The workspace whose things a list shows: that of the address, or else the choice of the session; empty for all.
    var workspace: String {
        let asked = query("workspace")
        return asked == WorkspaceChoice.all ? "" : asked.isEmpty ? chosenWorkspace : asked
    }

    /// A parameter of the path, decoded. It is empty only if the page's path has no such parameter.
    func parameter(_ name: String) -> String { parameters[name] ?? "" }

    /// A parameter of the query; empty if there is none.
    func query(_ name: String) -> String { request.query[name] ?? "" }

    /// A field of the form that was sent; empty if there is none.
    func field(_ name: String) -> String { request.form[name] ?? "" }

    /// The parameters of the API for the page of a list that is shown.
    var page: [(name: String, value: String)] { page() }

    /// - Parameters:
    ///   - limit: The most rows of a page of the list.
    ///   - section: The parameter of the table, if the page has several.
    func page(limit: Int = Pager.limit, in section: String = Pager.parameter) -> [(name: String, value: String)] {
        let offset = offset(section)
        return [("limit", String(limit)), ("offset", offset > 0 ? String(offset) : "")]
    }

    /// The number of rows to skip, from the query. What is not a number counts as none.
    var offset: Int { offset(Pager.parameter) }

    /// - Parameter parameter: That of the table, if the page has several.
    func offset(_ parameter: String) -> Int {
        guard let offset = Int(query(parameter)), (0...1_000_000_000).contains(offset) else { return 0 }
        return offset
    }
}

/// What a page shows, besides what all pages have.
struct PageContent: Sendable {
    /// The name of the template.
    var template: String
    var title: String
    /// The item of the navigation that is marked as the current one.
    var place: Place?
    /// The pages above this one.
    var trail: [Link] = []
    /// The state of the thing that the page is about.
    var state: Status?
    /// One sentence below the title.
    var summary = ""
    /// What can be done, at most three. The first is the main one if it is filled.
    var buttons: [Button] = []
    /// Why something cannot be done now, beside the buttons that are left.
    var whyNot = ""
    var tabs: [Tab] = []
    /// What has been decided, on pages that decide something.
    var verdict: Verdict?
    /// The same from a shell or a notebook.
    var code: [CodeLine] = []
    /// The seconds after which the page is read again; `nil` if it does not change by itself.
    var refresh: Int?
    /// What needs attention, if the page has read it; otherwise it is read for the navigation.
    var overview: Overview?
    /// What the template inserts.
    var body: any Sendable

    /// Says that a list has only what belongs to a workspace.
    ///
    /// - Parameter workspace: Empty for all workspaces.
    mutating func tell(workspace: String) {
        if !workspace.isEmpty { summary += " Only what belongs to workspace \(workspace) is shown." }
    }
}

struct Link: Sendable {
    var text: String
    /// Percent-encoded.
    var href: String
}

extension [Link] {
    /// The pages above those of a pipeline.
    static func pipeline(_ name: String) -> [Link] {
        [
            Link(text: "Pipelines", href: Links.page("pipelines")),
            Link(text: name, href: Links.page("pipelines", name)),
        ]
    }
}

struct Button: Sendable {
    var text: String
    var href: String
    var isMain = false
    var isDangerous = false
    /// Whether it leads to a question. Otherwise it leads to a page.
    var asks = true
}

struct Tab: Sendable {
    var text: String
    var href: String
    var isCurrent: Bool
    /// Is shown behind the text, such as a count.
    var note = ""
}

/// How to do with a program what the page does.
struct CodeLine: Sendable {
    var curl: String
    var python: String
    /// Empty if there is no command for it.
    var roost: String
}

extension CodeLine {
    /// What lists the same for a program, narrowed by the same query.
    ///
    /// - Parameters:
    ///   - command: Empty if there is none.
    ///   - page: The part that the page shows. The SDK and the command list all.
    static func list(
        _ path: String,
        _ call: String,
        _ command: String,
        _ query: [(name: String, value: String)],
        page: [(name: String, value: String)]
    ) -> CodeLine {
        CodeLine(
            curl: "curl -s " + Quoted.url(path, query + page),
            python: "\(call)(\(Quoted.texts(query)))",
            roost: command.isEmpty ? "" : command + Quoted.options(query)
        )
    }
}
