import Definitions
import Foundation
import Testing

@Suite("The evidence of a release over time")
struct ReleaseCourseTests {
    private static let start = Date(timeIntervalSince1970: 1_700_000_000)

    private static func course(seconds: Range<Int>, share: (Int) -> Double = { _ in 0.1 }) -> ReleaseCourse {
        var course = ReleaseCourse()
        for second in seconds {
            course.add(
                ReleaseCourse.Moment(
                    time: start + Double(second),
                    share: share(second),
                    better: Double(second),
                    guardrails: []
                )
            )
        }
        return course
    }

    @Test("a short canary keeps every second")
    func short() { #expect(Self.course(seconds: 0..<100).moments.map(\.better) == (0..<100).map(Double.init)) }

    @Test("a long one keeps its beginning, its end and about even distances", arguments: [201, 1000, 86_400])
    func long(seconds: Int) {
        let moments = Self.course(seconds: 0..<seconds).moments
        #expect(moments.count <= ReleaseCourse.momentLimit && moments.count > ReleaseCourse.momentLimit / 3)
        #expect(moments.first?.better == 0 && moments.last?.better == Double(seconds - 1))
        let gaps = zip(moments, moments.dropFirst().dropLast()).map { $1.time.timeIntervalSince($0.time) }
        #expect((gaps.max() ?? 0) <= 2 * (gaps.min() ?? 0))
    }

    @Test("a change of the share stays")
    func shares() {
        let moments = Self.course(seconds: 0..<50) { $0 < 20 ? 0.1 : 0.5 }.moments
        #expect(moments.first { $0.share == 0.5 }?.better == 20)
    }

    @Test("what is kept goes on where it stood")
    func kept() throws {
        let course = Self.course(seconds: 0..<1000)
        let again = try JSONDecoder().decode(ReleaseCourse.self, from: JSONEncoder().encode(course))
        #expect(again == course)
    }
}
