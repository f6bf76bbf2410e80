/// Why an invocation failed, with the status and message that a container would return.
package struct InvocationError: Error, Equatable, CustomStringConvertible {
    /// The HTTP status: 400 for values, 406 and 415 for content types.
    package let status: Int
    package let message: String

    package init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }

    package var description: String { message }
}
