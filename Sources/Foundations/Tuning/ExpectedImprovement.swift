import Foundation

/// Returns the expected improvement: the mean of max(`best` - x, 0) for a normal x.
///
/// - Source: Jones, Schonlau and Welch 1998, *Efficient global optimization of expensive black-box functions*.
func expectedImprovement(mean: Double, variance: Double, best: Double) -> Double {
    let deviation = variance.squareRoot()
    guard deviation > 0 else { return max(best - mean, 0) }
    let score = (best - mean) / deviation
    let density = exp(-0.5 * score * score) / (2 * Double.pi).squareRoot()
    let below = 0.5 * erfc(-score / 2.0.squareRoot())
    return max(deviation * (score * below + density), 0)
}
