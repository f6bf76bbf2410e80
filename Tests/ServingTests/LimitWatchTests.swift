import Testing

@testable import Serving

@Suite("News of refused requests")
struct LimitWatchTests {
    @Test("refusals are told at once, and then at most once a minute")
    func pauses() {
        var watch = LimitWatch()
        #expect(watch.news(of: "p", refused: 0, atSecond: 0) == nil)
        #expect(watch.news(of: "p", refused: 3, atSecond: 5) == 3)
        #expect(watch.news(of: "p", refused: 9, atSecond: 10) == nil)
        #expect(watch.news(of: "q", refused: 1, atSecond: 10) == 1)
        #expect(watch.news(of: "p", refused: 9, atSecond: 65) == 6)
        #expect(watch.news(of: "p", refused: 9, atSecond: 500) == nil)
    }

    @Test("a pipeline that counts from zero again is a new one")
    func again() {
        var watch = LimitWatch()
        #expect(watch.news(of: "p", refused: 5, atSecond: 0) == 5)
        #expect(watch.news(of: "p", refused: 1, atSecond: 5) == nil)
        #expect(watch.news(of: "p", refused: 2, atSecond: 10) == 2)
    }
}
