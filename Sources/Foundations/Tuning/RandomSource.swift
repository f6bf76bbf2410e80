import Foundation

/// SplitMix64: a small generator that returns the same numbers for the same seed on every machine.
///
/// - Source: Steele, Lea and Flood 2014, *Fast splittable pseudorandom number generators*.
struct RandomSource: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// Creates an independent generator for each stream, so that draws from one do not shift the numbers of another.
    init(seed: UInt64, stream: Int) {
        state = seed
        state = next() ^ UInt64(bitPattern: Int64(stream)) &* 0x9e37_79b9_7f4a_7c15
        state = next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Returns a number that is uniform in 0 ..< 1.
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Returns a normal number with mean 0 and standard deviation 1 (Box and Muller).
    mutating func normal() -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }

    mutating func point(_ count: Int) -> [Double] { (0..<count).map { _ in uniform() } }
}

/// A Halton sequence with randomly permuted digits. Its points cover the cube more evenly than random ones.
///
/// - Source: Halton 1960; the scrambling as in Owen 2017, *A randomized Halton algorithm in R*.
struct HaltonSequence: Sendable {
    private let seed: UInt64
    private let primes: [Int]

    init(dimensions: Int, seed: UInt64) {
        self.seed = seed
        var primes: [Int] = []
        var candidate = 2
        while primes.count < dimensions {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        self.primes = primes
    }

    subscript(index: Int) -> [Double] {
        primes.enumerated().map { dimension, base in
            var value = 0.0
            var rest = index
            var place = 1.0 / Double(base)
            var digit = 0
            // A digit below 2^-53 has no effect.
            while place > 0x1p-53 {
                var source = RandomSource(seed: seed, stream: dimension << 8 | digit)
                let permutation = Array(0..<base).shuffled(using: &source)
                value += Double(permutation[rest % base]) * place
                rest /= base
                place /= Double(base)
                digit += 1
            }
            return min(value, 1 - 0x1p-53)
        }
    }
}
