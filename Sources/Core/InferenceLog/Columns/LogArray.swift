/// An array of a column file. It stays readable without its batch.
///
/// Sendable: nothing writes to the elements.
package struct LogArray<Element: BitwiseCopyable>: RandomAccessCollection, @unchecked Sendable {
    @usableFromInline let elements: UnsafeBufferPointer<Element>
    @usableFromInline let owner: AnyObject

    init(_ elements: UnsafeBufferPointer<Element>, owner: AnyObject) {
        self.elements = elements
        self.owner = owner
    }

    @inlinable package var startIndex: Int { 0 }
    @inlinable package var endIndex: Int { elements.count }

    @inlinable package subscript(index: Int) -> Element {
        precondition(index >= 0 && index < elements.count)
        return elements[index]
    }

    /// Calls `body` with the elements, for loops over many.
    @inlinable
    package func withUnsafeBufferPointer<Result>(_ body: (UnsafeBufferPointer<Element>) throws -> Result) rethrows
        -> Result
    {
        defer { withExtendedLifetime(owner) {} }
        return try body(elements)
    }
}
