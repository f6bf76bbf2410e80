import Foundation

/// The hyperparameters to search, each with its allowed values.
///
/// A combination of values is a point of the unit cube with one coordinate for each parameter, so that strategies do not
/// depend on ranges and scales.
package struct SearchSpace: Sendable {
    /// How the values of a numeric range are distributed.
    package enum Scaling: Sendable, Hashable {
        /// Logarithmic if the range is positive and spans at least two orders of magnitude, otherwise linear.
        case auto
        case linear
        case logarithmic
        /// Logarithmic in 1 - x, for values close to one such as a momentum.
        case reverseLogarithmic
    }

    package enum Values: Sendable, Hashable {
        case integer(ClosedRange<Int>, Scaling)
        case continuous(ClosedRange<Double>, Scaling)
        case categorical([String])
    }

    package struct Parameter: Sendable, Hashable {
        package let name: String
        package let values: Values

        package init(_ name: String, _ values: Values) {
            self.name = name
            self.values = values
        }
    }

    /// Why a space cannot be searched.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        /// The invalid parameter; `nil` if the problem concerns all of them.
        package let parameter: String?
        package let description: String
    }

    package let parameters: [Parameter]
    /// The mapping of each parameter's values to 0...1.
    private let axes: [Axis]

    package init(_ parameters: [Parameter]) throws(Problem) {
        var names: Set<String> = []
        var axes: [Axis] = []
        for parameter in parameters {
            guard names.insert(parameter.name).inserted else {
                throw Problem(parameter: parameter.name, description: "There are two ranges for '\(parameter.name)'.")
            }
            axes.append(try Axis(parameter))
        }
        self.parameters = parameters
        self.axes = axes
    }

    /// Whether each coordinate is categorical. Categories are equal or different, never close.
    var isCategorical: [Bool] {
        axes.map { if case .categorical = $0 { true } else { false } }
    }

    /// The number of distinct combinations; `nil` if a range is continuous, or if there are too many to count.
    package var choiceCount: Int? {
        var count = 1
        for axis in axes {
            guard let choices = axis.choiceCount else { return nil }
            let (product, overflows) = count.multipliedReportingOverflow(by: choices)
            if overflows { return nil }
            count = product
        }
        return count
    }

    /// Returns the values at a point of the unit cube, as strings.
    package func values(at point: [Double]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: zip(parameters, zip(axes, point)).map { ($0.name, $1.0.text(at: $1.1)) })
    }

    /// Returns the point for the given values; `nil` if one is missing or out of range.
    package func point(of values: [String: String]) -> [Double]? {
        var point: [Double] = []
        for (parameter, axis) in zip(parameters, axes) {
            guard let text = values[parameter.name], let coordinate = axis.coordinate(of: text) else { return nil }
            point.append(coordinate)
        }
        return point
    }

    /// Returns the point that represents all points with the same values. Models of the objective see only such points
    /// (Garrido-Merchán and Hernández-Lobato 2020, *Dealing with categorical and integer-valued variables in Bayesian
    /// optimization with Gaussian processes*).
    func snapped(_ point: [Double]) -> [Double] { zip(axes, point).map { $0.snapped($1) } }

    /// Returns combination `index` of a grid of categories. The last parameter varies fastest.
    func gridValues(_ index: Int) -> [String: String] {
        var rest = index
        var values: [String: String] = [:]
        for parameter in parameters.reversed() {
            guard case .categorical(let choices) = parameter.values else { continue }
            values[parameter.name] = choices[rest % choices.count]
            rest /= choices.count
        }
        return values
    }
}

/// The mapping of one parameter's values to 0...1.
private enum Axis: Sendable {
    case integer(ClosedRange<Int>, Scale)
    case continuous(ClosedRange<Double>, Scale)
    case categorical([String])

    private static let rounding = 1e-12

    init(_ parameter: SearchSpace.Parameter) throws(SearchSpace.Problem) {
        let name = parameter.name
        switch parameter.values {
        case .integer(let range, let scaling):
            // A double holds every integer up to 2^53. Half a step more at each end gives every value the same share.
            guard range.lowerBound >= -(1 << 52), range.upperBound <= 1 << 52 else {
                throw SearchSpace.Problem(parameter: name, description: "The range of '\(name)' is too large.")
            }
            let (low, high) = (Double(range.lowerBound), Double(range.upperBound))
            if case .reverseLogarithmic = scaling {
                throw SearchSpace.Problem(
                    parameter: name,
                    description: "ReverseLogarithmic scaling of '\(name)' needs a continuous range within 0 ≤ x < 1."
                )
            }
            _ = try Scale(scaling, low, high, of: name)
            self = .integer(range, try Scale(Scale.choice(scaling, low, high), low - 0.5, high + 0.5, of: name))
        case .continuous(let range, let scaling):
            self = .continuous(range, try Scale(scaling, range.lowerBound, range.upperBound, of: name))
        case .categorical(let choices):
            guard !choices.isEmpty, Set(choices).count == choices.count else {
                throw SearchSpace.Problem(
                    parameter: name,
                    description: "'\(name)' must have at least one value, and no value twice."
                )
            }
            self = .categorical(choices)
        }
    }

    var choiceCount: Int? {
        switch self {
        case .integer(let range, _): range.upperBound - range.lowerBound + 1
        case .continuous(let range, _): range.lowerBound == range.upperBound ? 1 : nil
        case .categorical(let choices): choices.count
        }
    }

    func text(at coordinate: Double) -> String {
        // NaN becomes the center, because it has no place on an axis.
        let coordinate = coordinate.isNaN ? 0.5 : min(max(coordinate, 0), 1)
        switch self {
        case .integer(let range, let scale):
            let value = Int(scale.value(at: coordinate).rounded())
            return String(min(max(value, range.lowerBound), range.upperBound))
        case .continuous(let range, let scale):
            let coordinate = snapped(coordinate)
            if coordinate == 0 { return String(range.lowerBound) }
            if coordinate == 1 { return String(range.upperBound) }
            let value = scale.value(at: coordinate)
            return String(min(max(value, range.lowerBound), range.upperBound))
        case .categorical(let choices):
            return choices[min(Int(coordinate * Double(choices.count)), choices.count - 1)]
        }
    }

    func coordinate(of text: String) -> Double? {
        switch self {
        case .integer(let range, let scale):
            guard let value = Int(text) ?? Double(text).flatMap({ Int(exactly: $0) }), range.contains(value) else {
                return nil
            }
            return scale.coordinate(of: Double(value))
        case .continuous(let range, let scale):
            guard let value = Double(text), range.contains(value) else { return nil }
            return scale.coordinate(of: value)
        case .categorical(let choices):
            guard let index = choices.firstIndex(of: text) else { return nil }
            return (Double(index) + 0.5) / Double(choices.count)
        }
    }

    func snapped(_ coordinate: Double) -> Double {
        if case .continuous = self {
            // A coordinate that differs from an end only by rounding is that end.
            return coordinate < Self.rounding ? 0 : coordinate > 1 - Self.rounding ? 1 : coordinate
        }
        return self.coordinate(of: text(at: coordinate)) ?? coordinate
    }
}

/// A monotonic mapping between a range and 0...1.
private struct Scale: Sendable {
    private let scaling: SearchSpace.Scaling
    private let low: Double
    private let high: Double

    /// Resolves `auto` for a range.
    static func choice(_ scaling: SearchSpace.Scaling, _ low: Double, _ high: Double) -> SearchSpace.Scaling {
        guard scaling == .auto else { return scaling }
        return low > 0 && high >= 100 * low ? .logarithmic : .linear
    }

    init(
        _ scaling: SearchSpace.Scaling,
        _ low: Double,
        _ high: Double,
        of name: String
    ) throws(SearchSpace.Problem) {
        guard low.isFinite, high.isFinite, (high - low).isFinite else {
            throw SearchSpace.Problem(parameter: name, description: "The range of '\(name)' must be finite.")
        }
        self.scaling = Self.choice(scaling, low, high)
        if self.scaling == .logarithmic, low <= 0 {
            throw SearchSpace.Problem(
                parameter: name,
                description: "Logarithmic scaling of '\(name)' needs a minimum above 0, not \(low)."
            )
        }
        if self.scaling == .reverseLogarithmic, low < 0 || high >= 1 {
            throw SearchSpace.Problem(
                parameter: name,
                description: "ReverseLogarithmic scaling of '\(name)' needs a range within 0 ≤ x < 1."
            )
        }
        self.low = Self.scaled(low, self.scaling)
        self.high = Self.scaled(high, self.scaling)
    }

    private static func scaled(_ value: Double, _ scaling: SearchSpace.Scaling) -> Double {
        switch scaling {
        case .logarithmic: log(value)
        case .reverseLogarithmic: -log1p(-value)
        case .linear, .auto: value
        }
    }

    func coordinate(of value: Double) -> Double {
        high > low ? min(max((Self.scaled(value, scaling) - low) / (high - low), 0), 1) : 0.5
    }

    func value(at coordinate: Double) -> Double {
        let scaled = low + coordinate * (high - low)
        return switch scaling {
        case .logarithmic: exp(scaled)
        case .reverseLogarithmic: -expm1(-scaled)
        case .linear, .auto: scaled
        }
    }
}
