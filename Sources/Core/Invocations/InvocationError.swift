package import Tables

/// Why an invocation failed, with the status and message that a container would return.
package struct InvocationError: Error, Equatable, CustomStringConvertible {
    /// The HTTP status: 400 for values, 406 and 415 for content types.
    package let status: Int
    package let message: String
    /// The message for whoever counts rows as records: it does not name the body's first row.
    package let recordMessage: String
    /// Where and what is wrong if a row of the body cannot be read.
    package let problem: RowProblem?

    init(status: Int, message: String, recordMessage: String, problem: RowProblem) {
        self.status = status
        self.message = message
        self.recordMessage = recordMessage
        self.problem = problem
    }

    package init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
        recordMessage = message
        problem = nil
    }

    package var description: String { message }
}
