extension Array {
    /// Returns as many of the last elements as have a number of bytes, at least one.
    package func suffix(bytes limit: Int, _ size: (Element) -> Int) -> ArraySlice<Element> {
        var (count, bytes) = (0, 0)
        for element in reversed() {
            bytes += size(element)
            if count > 0, bytes > limit { break }
            count += 1
        }
        return suffix(count)
    }
}
