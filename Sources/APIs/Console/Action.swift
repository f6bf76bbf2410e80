import Definitions
import NativeAPI

/// Something that people can do: a question, and what happens when they agree.
///
/// A GET shows the question as a page, which the script shows as a dialog. A POST carries it out. There is no other way to change
/// something in the console.
struct Action: Sendable {
    /// `{name}` stands for one segment.
    let path: PathTemplate
    /// Says why it cannot be done now, in a sentence; `nil` if it can, as far as is known.
    let whyNot: @Sendable (PageRequest) async throws -> String?
    /// Describes what would happen. It reads what it names, and fails if that does not exist.
    let question: @Sendable (PageRequest) async throws -> Question
    /// Does it, and returns the path of the page to show next.
    let act: @Sendable (PageRequest) async throws -> String

    init(
        _ path: String,
        whyNot: @escaping @Sendable (PageRequest) async throws -> String? = { _ in nil },
        question: @escaping @Sendable (PageRequest) async throws -> Question,
        act: @escaping @Sendable (PageRequest) async throws -> String
    ) {
        self.path = PathTemplate(path)
        self.whyNot = whyNot
        self.question = question
        self.act = act
    }
}

/// A question before something is done.
struct Question: Sendable {
    /// A question with the names in it.
    var title: String
    /// What happens, to whom, and whether it can be undone.
    var text: String
    /// What speaks against it, or is not yet the case.
    var warnings: [String] = []
    /// The verb and the name.
    var button: String
    /// Whether the button is filled, as that of what is due. Otherwise nothing urges to press it.
    var isMain = true
    var isDangerous = false
    /// The name that must be typed, if the action cannot be undone.
    var nameToType: String?
    var fields: [Field] = []
    var place: Place?
    /// The pages above; the last one is where Cancel leads.
    var trail: [Link]
    var code: [CodeLine] = []

    /// A field of the question's form.
    struct Field: Sendable {
        enum Kind: Sendable {
            case hidden
            case line
            case text
            case choice([String])
        }

        var name: String
        var label: String
        var hint = ""
        var kind = Kind.line
        var value = ""
        /// Whether the value is always that of this question, and not what an earlier one or the person said.
        var isFresh = false
        var isRequired = false
        /// Values that can be chosen for a line.
        var proposals: [String] = []
    }

    /// - Throws: ``RoostError`` if a name had to be typed, and was not.
    func check(_ form: [String: String]) throws(RoostError) {
        guard let nameToType, form["name_to_type"] != nameToType else { return }
        throw RoostError(.invalidInput, "Type \(nameToType) to confirm.", field: "name_to_type")
    }
}

/// A question as its template needs it.
struct QuestionView: Sendable {
    struct FieldView: Sendable {
        var id: String
        var name: String
        var label: String
        var hint: String
        var value: String
        var isHidden = false
        var isLine = false
        var isText = false
        var isChoice = false
        var choices: [Choice] = []
        var isRequired: Bool
        var proposals: [String]
        var hasProposals: Bool
        var error = ""
    }

    struct Choice: Sendable {
        var value: String
        var isCurrent: Bool
    }

    let text: String
    let warnings: [String]
    let hasWarnings: Bool
    let button: String
    /// The style of the button.
    let style: String
    /// Whether Cancel has the focus, so that pressing Enter twice does nothing that is regretted.
    let isDangerous: Bool
    let nameToType: String
    let fields: [FieldView]
    /// The path to which the form is sent.
    let action: String
    let cancel: String
    /// An error that belongs to no field.
    let error: String
    /// Why it cannot be done, instead of the fields and the button; empty if it can.
    let refusal: String
    let nameError: String
    let typedName: String

    init(_ question: Question, _ call: PageRequest, refusal: String = "", error: RoostError?) {
        self.refusal = refusal
        text = question.text
        button = question.button
        warnings = question.warnings
        hasWarnings = !question.warnings.isEmpty
        style = question.isDangerous ? "no" : question.isMain && question.warnings.isEmpty ? "main" : ""
        isDangerous = question.isDangerous
        nameToType = question.nameToType ?? ""
        // What was typed stays. The link that led here can fill in fields, but what is hidden is for the question to say.
        fields = question.fields.map { field in
            let isHidden = if case .hidden = field.kind { true } else { false }
            let linked = isHidden ? nil : call.request.query[field.name]
            let sent = field.isFresh ? nil : call.request.form[field.name] ?? linked
            var view = FieldView(
                id: "field-" + field.name,
                name: field.name,
                label: field.label,
                hint: field.hint,
                value: sent ?? field.value,
                isRequired: field.isRequired,
                proposals: field.proposals,
                hasProposals: !field.proposals.isEmpty
            )
            switch field.kind {
            case .hidden: view.isHidden = true
            case .line: view.isLine = true
            case .text: view.isText = true
            case .choice(let choices):
                view.isChoice = true
                view.choices = choices.map { Choice(value: $0, isCurrent: $0 == view.value) }
            }
            // A hidden field cannot show its error.
            if let error, error.field == field.name, !view.isHidden { view.error = error.message }
            return view
        }
        action = call.request.path
        cancel = question.trail.last?.href ?? "/"
        nameError = error?.field == "name_to_type" ? error?.message ?? "" : ""
        typedName = call.request.form["name_to_type"] ?? ""
        let isPlaced = !nameError.isEmpty || fields.contains { !$0.error.isEmpty }
        self.error = isPlaced ? "" : error?.message ?? ""
    }
}
