import Jobs
import Testing

@Suite("Job queue")
struct JobQueueTests {
    @Test("a free place goes to the job that has waited longest")
    func turns() async {
        let queue = JobQueue(concurrency: 1)
        #expect(await queue.enter(RunningJob()))
        async let second = queue.enter(RunningJob())
        queue.leave()
        #expect(await second)
        queue.leave()
        #expect(await queue.enter(RunningJob()))
    }

    @Test("a waiting job can be stopped")
    func stopped() async {
        let queue = JobQueue(concurrency: 1)
        #expect(await queue.enter(RunningJob()))
        let job = RunningJob()
        async let place = queue.enter(job)
        job.end(.stopped)
        #expect(await place == false)
        queue.leave()
        #expect(await queue.enter(RunningJob()))
    }

    @Test("the first reason to end a job is kept unless the server stops")
    func reasons() {
        let job = RunningJob()
        job.end(.timedOut)
        job.end(.stopped)
        #expect(job.end == .timedOut)
        job.end(.serverEnds)
        #expect(job.end == .serverEnds)
    }
}
