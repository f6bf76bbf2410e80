/// Returns the p-values adjusted by the method of Holm, in the same order. Each is compared with alpha as it is.
///
/// - Returns: `nil` if a p-value is outside [0, 1].
/// - Source: Holm 1979, *A simple sequentially rejective multiple test procedure*.
package func holmAdjusted(_ pValues: [Double]) -> [Double]? {
    guard pValues.allSatisfy({ (0.0...1.0).contains($0) }) else { return nil }
    var adjusted = pValues
    var largest = 0.0
    for (position, index) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
        largest = max(largest, min(1, pValues[index] * Double(pValues.count - position)))
        adjusted[index] = largest
    }
    return adjusted
}
