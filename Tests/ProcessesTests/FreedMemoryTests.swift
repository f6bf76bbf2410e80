import Synchronization
import TestSupport
import Testing

@testable import Processes

@Suite("Freed memory")
struct FreedMemoryTests {
    private let clock = ManualClock()

    @Test("many requests cost one return, and none is made without a request")
    func once() async {
        let allocator = FakeAllocator()
        let memory = allocator.memory(clock)
        for _ in 0..<100 { memory.giveBackSoon() }
        await clock.sleepers()
        #expect(allocator.returns == 0)
        clock.advance(by: .seconds(1))
        await clock.sleepers()
        #expect(allocator.returns == 1)
        clock.advance(by: .seconds(10))
        await allocator.looks(2)
        #expect(allocator.returns == 1)
    }

    @Test("what is requested meanwhile follows after a pause")
    func again() async {
        let allocator = FakeAllocator()
        let memory = allocator.memory(clock)
        memory.giveBackSoon()
        await clock.sleepers()
        clock.advance(by: .seconds(1))
        await clock.sleepers()
        memory.giveBackSoon()
        clock.advance(by: .seconds(9))
        #expect(allocator.returns == 1)
        clock.advance(by: .seconds(1))
        await clock.sleepers()
        #expect(allocator.returns == 2)
    }

    @Test("memory that was freed after a return is returned too")
    func late() async {
        let allocator = FakeAllocator()
        let memory = allocator.memory(clock)
        memory.giveBackSoon()
        await clock.sleepers()
        clock.advance(by: .seconds(1))
        await clock.sleepers()
        allocator.free(9 << 20)
        clock.advance(by: .seconds(10))
        await clock.sleepers()
        #expect(allocator.returns == 2)
    }
}

/// Counts how often memory is returned, and how often it is asked how much is free.
private final class FakeAllocator: Sendable {
    private struct State {
        var returns = 0
        var freeByteCount = 0
    }

    private let state = Mutex(State())
    private let looked = AsyncStream<Void>.makeStream()

    var returns: Int { state.withLock { $0.returns } }

    func memory(_ clock: ManualClock) -> FreedMemory {
        FreedMemory(
            clock: clock,
            giveBack: { self.state.withLock { $0.returns += 1 } },
            freeByteCount: {
                self.looked.continuation.yield()
                return self.state.withLock { $0.freeByteCount }
            }
        )
    }

    func free(_ byteCount: Int) { state.withLock { $0.freeByteCount += byteCount } }

    /// Waits until it was asked so often.
    func looks(_ count: Int) async {
        var looks = looked.stream.makeAsyncIterator()
        for _ in 0..<count { await looks.next() }
    }
}
