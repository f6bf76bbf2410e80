/// Why a body cannot be invoked with, as a container would answer it.
package struct InvocationError: Error, Equatable, CustomStringConvertible {
    /// 400 for values, 406 and 415 for content types.
    package let status: Int
    package let message: String

    package init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }

    package var description: String { message }
}
